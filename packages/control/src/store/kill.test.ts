/** Proves that what was acknowledged survives kill -9, and that a dead server keeps nobody out. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { silentLog } from '@towline/base'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tempDir } from '../control.fixture.ts'
import { openControl } from '../control.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
/** Below the room, so that the bundle finds the native binding. */
const folder = join(here, '..', '..', 'node_modules', '.cache', `kill-${process.pid}`)
const program = join(folder, 'writer.mjs')

/** Makes owner credentials as fast as it can and prints each token once it is acknowledged. */
const WRITER = `
  import { silentLog } from '@towline/base'
  import { openControl } from './control.ts'
  const control = await openControl({ dir: process.argv[2], log: silentLog() })
  const project = await control.ensureProject('dev')
  for (;;) process.stdout.write((await control.createOwnerCredential(project.id)).token + '\\n')
`

const linesOf = async (child: ChildProcess, count: number): Promise<string[]> => {
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  for await (const line of reader) {
    lines.push(line)
    if (lines.length === count) child.kill('SIGKILL')
  }
  return lines
}

describe('control store after kill -9', () => {
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    await build({
      stdin: { contents: WRITER, resolveDir: join(here, '..'), loader: 'ts' },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['towline-source'],
      external: ['libsql', 'pino', 'kysely'],
      logLevel: 'silent',
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('keeps every acknowledged credential, three times over, and refuses a second server only while the first lives', async () => {
    const temp = tempDir()
    const tokens: string[] = []
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [program, temp.dir], { stdio: ['ignore', 'pipe', 'inherit'] })
      const lines = linesOf(child, 25)
      await once(child.stdout, 'data')
      const second = openControl({ dir: temp.dir, log: silentLog() })
      await expect(second).rejects.toMatchObject({ code: 'ALREADY_RUNNING', details: { pid: String(child.pid) } })
      tokens.push(...(await lines))
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
    const control = await openControl({ dir: temp.dir, log: silentLog() })
    const known = await Promise.all(tokens.map((token) => control.authority.verify(token)))
    expect(new Set(known.map(({ credentialId }) => credentialId)).size).toBe(tokens.length)
    expect(tokens.length).toBeGreaterThanOrEqual(75)
    await control.close()
    temp.remove()
  })
})
