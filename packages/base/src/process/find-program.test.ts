/** Proves which programs are found in PATH: those that may be run, and that stand where nobody else decides. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findProgram } from './find-program.ts'

describe.skipIf(process.platform === 'win32')('programs in PATH', () => {
  let first: string
  let second: string
  beforeEach(() => {
    const root = mkdtempSync(join(tmpdir(), 'programs-'))
    first = join(root, 'first')
    second = join(root, 'second')
    for (const folder of [first, second]) mkdirSync(folder)
    writeFileSync(join(second, 'tool'), '')
    chmodSync(join(second, 'tool'), 0o755)
  })
  afterEach(() => rmSync(join(first, '..'), { recursive: true, force: true }))

  const found = (...folders: readonly string[]) => findProgram({ PATH: folders.join(delimiter) }, 'tool')

  it('passes by a folder of that name, and a file that may not be run', () => {
    mkdirSync(join(first, 'tool'))
    expect(found(first, second)).toBe(join(second, 'tool'))
    rmSync(join(first, 'tool'), { recursive: true })
    writeFileSync(join(first, 'tool'), '', { mode: 0o644 })
    expect(found(first, second)).toBe(join(second, 'tool'))
  })

  it('looks into no folder that is relative to where it is called', () => {
    expect(found(relative(process.cwd(), second), '')).toBeUndefined()
    expect(findProgram({}, 'tool')).toBeUndefined()
  })
})
