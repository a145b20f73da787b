/** Proves turns over a file: never two at once, not even when several follow a dead holder. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withFileLock } from './file-lock.ts'

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'towline-lock-'))
  file = join(folder, 'contexts.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A process that has been and is no more. */
const DEAD = spawnSync(process.execPath, ['-e', '']).pid

const holder = (pid: number, host = hostname()): string => JSON.stringify({ host, pid, id: 'x' })
const put = (number: number, text: string): Promise<void> => writeFile(`${file}.lock.${number}`, text)

/** Runs `count` pieces of work at once; answers how many ran at the same moment at most. */
const crowd = async (count: number): Promise<number> => {
  let [now, most] = [0, 0]
  const work = async (): Promise<void> => {
    most = Math.max(most, ++now)
    await new Promise((done) => setImmediate(done))
    now--
  }
  await Promise.all(Array.from({ length: count }, () => withFileLock(file, work)))
  return most
}

describe('file lock', () => {
  it('file lock: gives up with CONTEXT_BUSY while a living process holds it, and leaves its lock alone', async () => {
    await put(1, holder(process.ppid))
    const busy = withFileLock(file, async () => 'never', { contextLockMs: 60 })
    await expect(busy).rejects.toMatchObject({ code: 'CONTEXT_BUSY', details: { file } })
    expect(await readdir(folder)).toEqual(['contexts.json.lock.1'])
  })

  it('file lock: does not take a holder on another machine for dead', async () => {
    await put(1, holder(DEAD, 'elsewhere'))
    await expect(withFileLock(file, async () => 'never', { contextLockMs: 60 })).rejects.toMatchObject({
      code: 'CONTEXT_BUSY',
    })
  })

  it('file lock: lets one in at a time, and leaves nothing behind', async () => {
    verifies('cli.context')
    expect(await crowd(20)).toBe(1)
    expect(await readdir(folder)).toEqual([])
  })

  it('file lock: lets one in at a time when many follow a holder that died, over and over', async () => {
    verifies('cli.context')
    for (let round = 0; round < 15; round++) {
      await put(round + 1, holder(DEAD))
      expect(await crowd(8)).toBe(1)
      expect(await readdir(folder)).toEqual([])
    }
  })

  it('file lock: follows one that is older than any work', async () => {
    await put(3, holder(process.ppid))
    await utimes(`${file}.lock.3`, new Date(0), new Date(0))
    expect(await withFileLock(file, async () => 'done')).toBe('done')
    expect(await readdir(folder)).toEqual([])
  })

  it('file lock: is free again after work that failed', async () => {
    await expect(withFileLock(file, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    expect(await withFileLock(file, async () => 'done')).toBe('done')
  })

  it('file lock: tells a folder that cannot be written', async () => {
    await writeFile(file, '')
    const below = withFileLock(join(file, 'contexts.json'), async () => 'never')
    await expect(below).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
