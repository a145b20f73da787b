/** Proves that one process at a time has a lock, and when it has it no more. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Flock, flockNote, replaceFlock, tryFlock } from './flock.ts'

const folders: string[] = []
const newPath = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'towline-flock-'))
  folders.push(folder)
  return join(folder, 'below', 'x.lock')
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

describe('base flock:', () => {
  it('names the program that it needs, and its package', async () => {
    vi.stubEnv('PATH', '/nowhere')
    const path = newPath()
    await expect(tryFlock(path)).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
      details: { program: 'flock', package: 'util-linux' },
    })
    vi.unstubAllEnvs()
  })

  it('is had by one at a time, with a note, until it is released', async () => {
    const path = newPath()
    const first = (await tryFlock(path, 'first')) as Flock
    expect([first.held(), flockNote(path), await tryFlock(path)]).toEqual([true, 'first', undefined])
    first.release()
    first.release()
    expect([first.held(), readFileSync(path, 'utf8')]).toEqual([false, ''])
    const second = (await tryFlock(path)) as Flock
    expect(second.held()).toBe(true)
    second.release()
  })

  it('is respected by other programs, and gone with a process that is killed', async () => {
    const path = newPath()
    const held = (await tryFlock(path)) as Flock
    const refused = spawn('flock', ['-x', '-n', path, 'true'])
    expect(await once(refused, 'exit')).toEqual([1, null])
    held.release()
    const holder = spawn('flock', ['-x', path, 'sh', '-c', 'echo held; exec cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    })
    await once(holder.stdout, 'data')
    expect(await tryFlock(path)).toBeUndefined()
    process.kill(-(holder.pid as number), 'SIGKILL')
    await once(holder, 'exit')
    const after = (await tryFlock(path)) as Flock
    expect(after.held()).toBe(true)
    after.release()
  })

  it('tells who held it that another took its place', async () => {
    const path = newPath()
    const first = (await tryFlock(path)) as Flock
    const second = await replaceFlock(path, 'second')
    expect([first.held(), second.held(), flockNote(path)]).toEqual([false, true, 'second'])
    first.release()
    expect(await tryFlock(path)).toBeUndefined()
    second.release()
  })
})
