/** Proves that a command's one result tells all and claims nothing that was not proven. */
import { silentLog } from '@towline/base'
import { AppError, FD, type ServerFacts } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import type { Carrier } from '../carrier/carrier.ts'
import { memoryCarriers } from '../carrier/memory-carriers.ts'
import { serveConnection } from '../host/serve-connection.ts'
import { type FakeProcess, FakeSessions } from '../session/fake-sessions.fixture.ts'
import { connectWebtty } from './connection.ts'
import type { RemoteProcess } from './remote-process.ts'
import { runExec } from './run-exec.ts'

const FACTS: ServerFacts = {
  name: 'lab',
  os: 'linux',
  arch: 'x64',
  hostname: 'lab',
  user: 'me',
  e2e: false,
  execPath: '/',
}

const rig = async (play: (process: FakeProcess) => void) => {
  const sessions = new FakeSessions()
  sessions.play = play
  const { near, far, cut } = memoryCarriers()
  const served = serveConnection({ carrier: far, sessions, facts: FACTS, log: silentLog() })
  return { sessions, served, cut, connection: await connectWebtty(near as Carrier) }
}

describe('webtty exec', () => {
  it('answers output, exit code and counts in one object', async () => {
    const { connection } = await rig((process) => {
      process.prints(FD.stdout, 'hello\n')
      process.prints(FD.stderr, 'oh\n')
      process.exits({ exitCode: 3 })
    })
    const result = await runExec(connection, { kind: 'exec', argv: ['x', 'y z'] }, { url: 'tow://lab' })
    expect({ ...result, transportMs: 0 }).toEqual({
      schema: 'webtty.exec.v1',
      url: 'tow://lab',
      server: { name: 'lab', e2e: false, keyFingerprint: null },
      processId: 'prc_1',
      argv: ['x', 'y z'],
      cwd: null,
      state: 'exited',
      exitCode: 3,
      signal: null,
      timedOut: false,
      stdout: 'hello\n',
      stderr: 'oh\n',
      stdoutEncoding: 'utf8',
      stderrEncoding: 'utf8',
      stdoutBytes: 6,
      stderrBytes: 3,
      stdoutTruncated: false,
      stderrTruncated: false,
      omittedBytes: 0,
      startedAt: '2023-11-14T22:13:20.000Z',
      durationMs: 1,
      transportMs: 0,
      pipesHeldBy: [],
      error: null,
    })
  })

  it('says lost when the connection breaks before the exit, and keeps what came', async () => {
    const { connection, cut } = await rig((process) => {
      process.prints(FD.stdout, 'part')
      setImmediate(() => cut())
    })
    const result = await runExec(connection, { kind: 'exec', argv: ['x'] }, { url: 'tow://lab' })
    expect(result).toMatchObject({ state: 'lost', exitCode: null, stdout: 'part', error: { code: 'WEBTTY_LOST' } })
  })

  it('says lost when the connection breaks before the process is known to run', async () => {
    const { connection, cut } = await rig(() => {})
    const running = runExec(connection, { kind: 'exec', argv: ['x'], processId: 'p1' }, { url: 'tow://lab' })
    cut()
    expect(await running).toMatchObject({ state: 'lost', processId: 'p1', exitCode: null })
  })

  it('rejects when nothing was started', async () => {
    const { connection, sessions } = await rig(() => {})
    sessions.refusal = new AppError('FORBIDDEN', { permission: 'webtty.exec' })
    const running = runExec(connection, { kind: 'exec', argv: ['x'] }, { url: 'tow://lab' })
    await expect(running).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('ends the command when it is cancelled', async () => {
    const abort = new AbortController()
    const { connection, sessions } = await rig((process) => {
      process.prints(FD.stdout, 'part')
      setImmediate(() => abort.abort())
    })
    const result = await runExec(connection, { kind: 'exec', argv: ['x'] }, { url: 'tow://lab', signal: abort.signal })
    expect(result).toMatchObject({ state: 'killed', exitCode: null, stdout: 'part' })
    await connection.list()
    expect(sessions.all.get('prc_1')?.done).toEqual(['leave cancel'])
  })

  it('leaves a command running that outlives its patience, with all input sent', async () => {
    const { connection, sessions } = await rig((process) => process.prints(FD.stdout, 'part'))
    const options = {
      ...{ url: 'tow://lab', yieldMs: 0 },
      onOpened: (process: RemoteProcess) => void process.write(Buffer.from('input')),
    }
    const result = await runExec(connection, { kind: 'exec', argv: ['x'], stdin: 'pipe' }, options)
    expect(result).toMatchObject({ state: 'running', exitCode: null, durationMs: null, stdout: 'part', error: null })
    const process = sessions.all.get('prc_1')
    expect({ done: process?.done, input: process?.input.toString() }).toEqual({
      done: ['leave detach'],
      input: 'input',
    })
  })

  it('answers the end of a command that ends just when it would be left', async () => {
    const { connection } = await rig((process) => process.exits({ exitCode: 5 }))
    const result = await runExec(connection, { kind: 'exec', argv: ['x'] }, { url: 'tow://lab', yieldMs: 0 })
    expect(result).toMatchObject({ state: 'exited', exitCode: 5 })
  })

  it('keeps head and tail of endless output and counts what is left out', async () => {
    const all = Buffer.from('ä'.repeat(5_000_000))
    const { connection } = await rig((process) => {
      process.prints(FD.stdout, all)
      process.exits()
    })
    const result = await runExec(connection, { kind: 'exec', argv: ['x'] }, { url: 'tow://lab', maxOutputBytes: 14 })
    expect(result).toMatchObject({
      stdout: 'äää\n[9999988 bytes left out]\näää',
      stdoutBytes: 10_000_000,
      stdoutTruncated: true,
      omittedBytes: 9_999_988,
    })
  })

  it('tells bytes that are not UTF-8 in base64', async () => {
    const { connection } = await rig((process) => {
      process.prints(FD.stdout, Uint8Array.of(0xff, 0xfe))
      process.exits()
    })
    const result = await runExec(connection, { kind: 'exec', argv: ['x'] }, { url: 'tow://lab' })
    expect(result).toMatchObject({ stdout: '//4=', stdoutEncoding: 'base64', stderrEncoding: 'utf8' })
  })
})
