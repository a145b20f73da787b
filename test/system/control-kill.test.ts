/** Proves that what was acknowledged survives kill -9, and that a dead server keeps nobody out. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { silentLog } from '@towline/base'
import { openControl } from '@towline/control'
import { tempFolder } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { controlProgram } from './control-program.ts'

/** Each kills after one credential more than the one before, so that it strikes at many points of the file. */
const ROUNDS = 30

/** Makes owner credentials as fast as it can and prints each token once it is acknowledged. */
const WRITER = `
  import { silentLog } from '@towline/base'
  import { openControl } from './control.ts'
  const control = await openControl({ dir: process.argv[2], log: silentLog() })
  const project = await control.ensureProject('dev')
  for (;;) process.stdout.write((await control.createOwnerCredential(project.id)).token + '\\n')
`
const program = controlProgram('kill', WRITER)

/** Everything it prints; it is killed once it has printed `count` lines and `ready` is done. */
const linesUntilKilled = async (child: ChildProcess, count: number, ready: Promise<unknown>): Promise<string[]> => {
  const lines: string[] = []
  const kill = (): void => void child.kill('SIGKILL')
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  for await (const line of reader) {
    lines.push(line)
    if (lines.length === count) ready.then(kill, kill)
  }
  return lines
}

describe('control store after kill -9', () => {
  it('keeps every acknowledged credential, thirty times over, and refuses a second server only while the first lives', async () => {
    using temp = tempFolder('kill')
    const tokens: string[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const child = spawn(process.execPath, [program, temp.path], { stdio: ['ignore', 'pipe', 'inherit'] })
      const refused = once(child.stdout, 'data').then(async () => {
        const second = openControl({ dir: temp.path, log: silentLog() })
        await expect(second).rejects.toMatchObject({ code: 'ALREADY_RUNNING', details: { pid: String(child.pid) } })
      })
      tokens.push(...(await linesUntilKilled(child, round, refused)))
      await refused
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
    const control = await openControl({ dir: temp.path, log: silentLog() })
    const known = await Promise.all(tokens.map((token) => control.authority.verify(token)))
    expect(new Set(known.map(({ credentialId }) => credentialId)).size).toBe(tokens.length)
    expect(tokens.length).toBeGreaterThanOrEqual((ROUNDS * (ROUNDS + 1)) / 2)
    await control.close()
  })
})
