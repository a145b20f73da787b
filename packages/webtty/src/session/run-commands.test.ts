import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FD, LIMITS } from '@towline/protocol'
import { eventually, tempFolder, verifies } from '@towline/testkit'
import { procStat } from '../process/proc-stat.ts'
import { bash, sessionsFixture } from './sessions.fixture.ts'

const fixture = sessionsFixture({ webttyKillGraceMs: 100 }, { PATH: process.env.PATH })
const { sessions, run, exec } = fixture
afterAll(() => fixture[Symbol.asyncDispose]())

const refusal = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work
  } catch (error) {
    return (error as { code?: string }).code
  }
  return 'was not refused'
}

const gone = (pid: number): Promise<true> =>
  eventually(`the end of ${pid}`, () => {
    const state = procStat(pid)?.state
    return state === undefined || state === 'Z' ? true : undefined
  })

describe('webtty sessions: refuses to start', () => {
  const folder = tempFolder('sessions')
  const file = join(folder.path, 'plain')
  writeFileSync(file, 'no program')
  const noInterpreter = join(folder.path, 'no-interpreter')
  writeFileSync(noInterpreter, '#!/no/such/interpreter\n', { mode: 0o755 })
  mkdirSync(join(folder.path, 'sub'))
  afterAll(() => folder.remove())

  const rows: ReadonlyArray<readonly [string, Parameters<typeof run>[0], string]> = [
    ['a command that is not there', { kind: 'exec', argv: ['no-such-command'] }, 'COMMAND_UNKNOWN'],
    ['a path that is not there', { kind: 'exec', argv: ['/no/such'] }, 'COMMAND_UNKNOWN'],
    ['an empty name', { kind: 'exec', argv: [''] }, 'COMMAND_UNKNOWN'],
    ['a file that is not executable', { kind: 'exec', argv: [file] }, 'COMMAND_REFUSED'],
    ['a folder', { kind: 'exec', argv: [folder.path] }, 'COMMAND_REFUSED'],
    ['a script whose interpreter is missing', { kind: 'exec', argv: [noInterpreter] }, 'COMMAND_UNKNOWN'],
    ['a terminal for a command that is not there', { kind: 'pty', argv: ['no-such-command'] }, 'COMMAND_UNKNOWN'],
    ['a folder that is not there', { kind: 'exec', argv: ['true'], cwd: '/no/such' }, 'FOLDER_UNKNOWN'],
    ['a file as folder', { kind: 'exec', argv: ['true'], cwd: file }, 'FOLDER_INVALID'],
    ['a folder beneath a file', { kind: 'exec', argv: ['true'], cwd: join(file, 'x') }, 'FOLDER_INVALID'],
    ['no command', { kind: 'exec' }, 'PROCESS_INVALID'],
    ['an empty argv', { kind: 'exec', argv: [] }, 'PROCESS_INVALID'],
    ['two commands', { kind: 'exec', argv: ['true'], shell: 'true' }, 'PROCESS_INVALID'],
    ['a zero byte', { kind: 'exec', argv: ['echo', 'a\0b'] }, 'PROCESS_INVALID'],
    ['arguments that are too long', { kind: 'exec', argv: ['echo', 'x'.repeat(140_000)] }, 'PROCESS_INVALID'],
    ['too long an environment', { kind: 'exec', argv: ['true'], env: { X: 'x'.repeat(140_000) } }, 'PROCESS_INVALID'],
    ['a variable without a name', { kind: 'exec', argv: ['true'], env: { '': 'x' } }, 'PROCESS_INVALID'],
    ['another loader', { kind: 'exec', argv: ['true'], env: { LD_PRELOAD: '/x.so' } }, 'ENV_REFUSED'],
    ['an id that is no id', { kind: 'exec', argv: ['true'], processId: '../x' }, 'PROCESS_INVALID'],
  ]
  it.each(rows)('%s', async (_, request, code) => {
    expect(await refusal(run(request))).toBe(code)
    expect(sessions.list()).toEqual([])
  })
})

describe('webtty sessions: commands', () => {
  it('answers both streams, the exit code and the counts', async () => {
    verifies('exec.result')
    const ran = await exec(bash('echo out; echo err >&2; exit 7'))
    expect(ran).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      exit: {
        exitCode: 7,
        signal: null,
        timedOut: false,
        killedBy: null,
        stdoutBytes: 4,
        stderrBytes: 4,
        durationMs: expect.any(Number),
        startedAtMs: expect.any(Number),
        pipesHeldBy: [],
      },
    })
  })

  it('hands arguments on as they are, and nothing as input', async () => {
    verifies('exec.argv')
    const odd = ['a b', '$HOME', '`id`', "it's", '"', '\\', '*', '', '-n', 'ü€😀', '\n']
    expect((await exec(['printf', '%s|', ...odd])).stdout).toBe(Buffer.from(`${odd.join('|')}|`).toString('latin1'))
    expect((await exec(bash('readlink /proc/self/fd/0; cat'))).stdout).toBe('/dev/null\n')
  })

  it('takes 120 KB of arguments', async () => {
    const long = 'x'.repeat(120_000)
    expect((await exec(['echo', long])).stdout).toBe(`${long}\n`)
  })

  it('lets a program open its streams again by name', async () => {
    expect(await exec(bash('echo one > /dev/stdout; echo two > /dev/stderr'))).toMatchObject({
      stdout: 'one\n',
      stderr: 'two\n',
    })
  })

  it('runs a line by the shell where a shell is asked for', async () => {
    const listener = await run({ kind: 'exec', shell: 'echo $((6 * 7))' })
    await listener.exit()
    expect(listener.text(FD.stdout)).toBe('42\n')
  })

  it('writes input, ends it, and takes what was sent again only once', async () => {
    const listener = await run({ kind: 'exec', argv: ['cat'], stdin: 'pipe' })
    const { participation } = listener
    participation.write(0, Buffer.from('hello '))
    participation.write(3, Buffer.from('lo world'))
    expect(() => participation.write(20, Buffer.from('gap'))).toThrow(/where 11 is next/)
    participation.endStdin(11)
    expect((await listener.exit()).exitCode).toBe(0)
    expect(listener.text(FD.stdout)).toBe('hello world')
  })

  it('refuses input beyond what it granted', async () => {
    const listener = await run({ kind: 'exec', argv: ['sleep', '60'], stdin: 'pipe' })
    const { participation } = listener
    participation.write(0, new Uint8Array(256 * 1024))
    expect(() => participation.write(256 * 1024, new Uint8Array(256 * 1024))).toThrow(/was not granted/)
    participation.leave('cancel')
  })

  it('drops input for a command that has closed it', async () => {
    const listener = await run({
      kind: 'exec',
      argv: bash('exec <&-; read -t 0.2 < <(sleep 0.2); echo done'),
      stdin: 'pipe',
    })
    listener.participation.write(0, new Uint8Array(200_000))
    await listener.exit()
    expect(listener.text(FD.stdout)).toBe('done\n')
  })

  it('is done when the command exits though a child of it holds the pipes', async () => {
    verifies('exec.complete')
    const ran = await exec(bash('sleep 60 & echo $!; exit 3'))
    const held = Number(ran.stdout)
    expect(ran.exit).toMatchObject({ exitCode: 3, pipesHeldBy: [held] })
    process.kill(held, 'SIGKILL')
  })

  it('is done when the command exits though a child of it prints for ever', async () => {
    const ran = await exec(bash('yes & echo $! >&2; exit 4'))
    const held = Number(ran.stderr)
    expect(ran.exit).toMatchObject({ exitCode: 4, pipesHeldBy: [held] })
    await gone(held)
  })

  it('says the signal that killed a command', async () => {
    expect((await exec(bash('kill -9 $$'))).exit).toMatchObject({ exitCode: null, signal: 'SIGKILL', killedBy: null })
    const listener = await run({ kind: 'exec', argv: ['sleep', '60'] })
    listener.participation.signal('TERM', 'group')
    expect(await listener.exit()).toMatchObject({ exitCode: null, signal: 'SIGTERM', killedBy: 'signal' })
    expect(listener.participation.session.info.state).toBe('killed')
  })
})

/** A script has surely begun by then, on a machine that does a lot else. */
const STARTED_MS = 1500
/** Silent pipes of a command that has exited are surely left by then. */
const LEFT_MS = 4 * LIMITS.webttyPipeGraceMs

describe.concurrent('webtty sessions: ends commands', () => {
  it('ends a command that ignores TERM, with its output, when its time is over', async () => {
    verifies('exec.timeout')
    const ran = await exec(bash('trap "" TERM; echo partial; while :; do sleep 60; done'), { timeoutMs: STARTED_MS })
    expect(ran).toMatchObject({ stdout: 'partial\n', exit: { timedOut: true, killedBy: 'timeout', signal: 'SIGKILL' } })
  })

  it('lets a command end in order within the grace', async () => {
    const script = 'trap "echo bye; exit 5" TERM; echo on; while :; do read -t 0.01 < <(sleep 1); done'
    const ran = await exec(bash(script), { timeoutMs: STARTED_MS, killGraceMs: 5000 })
    expect(ran).toMatchObject({ stdout: 'on\nbye\n', exit: { exitCode: 5, timedOut: true } })
  })

  it('finds those that fled into a session of their own', async () => {
    const ran = await exec(bash('setsid bash -c "trap \\"\\" TERM; echo \\$\\$; exec sleep 60" & wait'), {
      timeoutMs: STARTED_MS,
    })
    await gone(Number(ran.stdout))
    expect(ran.exit).toMatchObject({ timedOut: true, pipesHeldBy: [] })
  })

  it('does not report who held the pipes when they were left and was killed after', async () => {
    const ran = await exec(bash('setsid bash -c "trap \\"\\" TERM; exec sleep 60" & wait'), {
      timeoutMs: STARTED_MS,
      killGraceMs: LEFT_MS,
    })
    expect(ran.exit).toMatchObject({ timedOut: true, signal: 'SIGTERM', pipesHeldBy: [] })
  })

  it('ends those that are stopped', async () => {
    const ran = await exec(bash('echo $$; kill -STOP $$'), { timeoutMs: STARTED_MS })
    expect(ran.exit).toMatchObject({ timedOut: true, signal: 'SIGTERM' })
  })

  it('ends those that fork without end', async () => {
    const bomb =
      'ulimit -u 4000; f() { f & }; for i in 1 2 3 4 5 6 7 8; do (while :; do sleep 30 & sleep 0.01; done) & done; wait'
    const ran = await exec(bash(bomb), { timeoutMs: STARTED_MS })
    expect(ran.exit).toMatchObject({ timedOut: true, pipesHeldBy: [] })
  })

  it('ends a command whose client was cut off, but not a detached one', async () => {
    verifies('exec.cancel', 'exec.detach')
    const cut = await run({ kind: 'exec', argv: ['sleep', '60'] })
    cut.participation.leave('cut')
    await gone(cut.participation.session.pid)
    const kept = await run({ kind: 'exec', argv: bash('read line; echo "got $line"'), stdin: 'pipe', detach: true })
    kept.participation.leave('cut')
    const { processId } = kept.participation.session.info
    expect(sessions.list().find((one) => one.processId === processId)).toMatchObject({
      state: 'running',
      detached: true,
    })
  })
})
