/** Proves that a file that is read often is never told as it was before, nor when others may read it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { privateReader, writePrivateFile } from './private-file.ts'

describe('private files, read again', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'private-'))
    file = join(folder, 'file')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('tells each new text, also one of the same length, and that it is gone', async () => {
    const read = privateReader()
    expect(await read(file)).toBeUndefined()
    for (const text of ['one', 'two', 'three']) {
      await writePrivateFile(file, text)
      expect([await read(file), await read(file)]).toEqual([text, text])
    }
    rmSync(file)
    expect(await read(file)).toBeUndefined()
  })

  it('tells one file from another', async () => {
    const read = privateReader()
    const other = join(folder, 'other')
    await writePrivateFile(file, 'one')
    await writePrivateFile(other, 'two')
    expect([await read(file), await read(other), await read(file)]).toEqual(['one', 'two', 'one'])
  })

  // Windows has no modes of files.
  it.skipIf(process.platform === 'win32')('refuses what others may read by now', async () => {
    const read = privateReader()
    writeFileSync(file, 'secret', { mode: 0o600 })
    expect(await read(file)).toBe('secret')
    chmodSync(file, 0o644)
    await expect(read(file)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
