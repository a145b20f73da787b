/** Proves what becomes of a command and all it started: when its time is over, when its client leaves, and when it was left running. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, type Program, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gone, type Machines, openMachines, runs, sh } from './machines.ts'

/** Prints the ids of three processes: itself, one of its own, and one that fled into a session of its own; none heeds TERM. */
const FAMILY =
  'trap "" TERM; echo $$; sleep 300 & echo $!; setsid sh -c "trap \'\' TERM; echo \\$\\$; exec sleep 300" & wait'
const pidsIn = (text: string): readonly number[] => (text.match(/^\d+$/gm) ?? []).map(Number)

describe.concurrent('webtty exec: its processes', () => {
  let machines: Machines
  beforeAll(async () => {
    machines = await openMachines()
  })
  afterAll(() => machines?.[Symbol.asyncDispose]())

  const family = (program: Program): Promise<readonly number[]> =>
    eventually('three processes', () => {
      const pids = pidsIn(program.stdout())
      return pids.length === 3 ? pids : undefined
    })

  it('are all ended when its time is over, and what it printed is there', async () => {
    verifies('exec.timeout')
    const result = await machines.result('lab', ['--timeout', '1s', '--kill-grace', '1s', ...sh(FAMILY)])
    const pids = pidsIn(result.stdout)
    expect(pids).toHaveLength(3)
    await gone(...pids)
    const { status, state, timedOut, exitCode, signal } = result
    expect({ status, state, timedOut, exitCode, signal }).toEqual({
      ...{ status: 124, state: 'timed_out', timedOut: true },
      ...{ exitCode: null, signal: 'SIGKILL' },
    })
  })

  it('may end in order within the grace', async () => {
    verifies('exec.timeout')
    const script = 'trap "echo ended; exit 0" TERM; echo begun; sleep 300 & wait'
    const { status, stdout } = await machines.exec('lab', ['--timeout', '1s', ...sh(script)])
    expect({ status, stdout }).toEqual({ status: 124, stdout: 'begun\nended\n' })
  })

  it.each<readonly [NodeJS.Signals, number | null]>([
    ['SIGINT', 130],
    ['SIGTERM', 130],
    ['SIGKILL', null],
  ])('are all ended when its client ends by %s', async (signal, status) => {
    verifies('exec.cancel')
    const program = machines.start('lab', sh(FAMILY))
    const pids = await family(program)
    program.kill(signal)
    expect((await program.ended()).status).toBe(status)
    await gone(...pids)
  })

  it('go on without a client when they were left running, and can be seen, read, written to, signalled and awaited', async () => {
    verifies('exec.detach')
    const script = 'echo ready; echo beside >&2; while read -r line; do echo "got $line"; done; exit 5'
    const begun = await machines.exec('lab', ['--detach', '--id', 'job', '--title', 'a job', '--stdin', ...sh(script)])
    expect({ status: begun.status, stdout: begun.stdout }).toEqual({ status: 0, stdout: 'job\n' })
    const seen = (await machines.processes('lab')).find(({ processId }) => processId === 'job')
    expect(seen).toMatchObject({ kind: 'exec', state: 'running', detached: true, label: 'a job' })
    expect(seen?.argv).toEqual(['sh', '-c', script])
    expect(runs(seen?.pid ?? 0)).toBe(true)

    const input = async (text: string, ...words: readonly string[]) =>
      expect((await machines.ask('input', 'lab', ['job', ...words], text)).status).toBe(0)
    await input('one\n')
    await input('two\n')
    const first = await machines.ask('output', 'lab', ['job'])
    expect([first.stdout, first.stderr]).toEqual(['ready\ngot one\ngot two\n', 'beside\n'])
    const later = await machines.ask('output', 'lab', ['job', '--from', '6', '--stream', 'stdout'])
    expect([later.stdout, later.stderr]).toEqual(['got one\ngot two\n', ''])

    const waiting = machines.up.start(['webtty', 'wait', '--url', 'tow://lab', 'job', '-o', 'json'])
    const following = machines.up.start(['webtty', 'output', '--url', 'tow://lab', 'job', '--follow'])
    await input('three\n', '--eof')
    const waited = await waiting.ended()
    expect(waited.status).toBe(5)
    expect(JSON.parse(waited.stdout)).toMatchObject({ processId: 'job', exitCode: 5, signal: null, killedBy: null })
    expect(await following.ended()).toMatchObject({ status: 0, stdout: 'ready\ngot one\ngot two\ngot three\n' })
    expect((await machines.ask('wait', 'lab', ['job'])).status).toBe(5)
    expect(await machines.processes('lab')).toContainEqual(
      expect.objectContaining({ processId: 'job', state: 'exited' }),
    )
  })

  it('go on though the client that left them running is killed, and end by a signal', async () => {
    verifies('exec.detach')
    const begun = await machines.exec('lab', ['--detach', '-o', 'json', ...sh(FAMILY.replace('trap "" TERM; ', ''))])
    const { processId } = JSON.parse(begun.stdout) as { processId: string }
    expect(JSON.parse(begun.stdout)).toEqual({ url: 'tow://lab', processId, pid: expect.any(Number) as number })
    const pids = await eventually('three processes', async () => {
      const found = pidsIn((await machines.ask('output', 'lab', [processId])).stdout)
      return found.length === 3 ? found : undefined
    })
    expect(pids.map(runs)).toEqual([true, true, true])
    expect((await machines.ask('signal', 'lab', [processId, 'TERM'])).status).toBe(0)
    expect((await machines.ask('wait', 'lab', [processId])).status).toBe(143)
    await gone(...pids.slice(0, 2))
    process.kill(pids[2] as number, 'SIGKILL')
  })

  it('do not stop while nobody reads them', async () => {
    verifies('exec.detach')
    const mark = join(machines.up.folder.path, 'unread')
    await machines.exec('lab', ['--detach', '--id', 'unread', ...sh(`seq 1 1000000; : >${mark}`)])
    await eventually('its end', () => (existsSync(mark) ? true : undefined))
    expect((await machines.ask('wait', 'lab', ['unread'])).status).toBe(0)
    const { stdout } = await machines.ask('output', 'lab', ['unread'])
    expect([stdout.slice(0, 6), stdout.slice(-8), stdout.length]).toEqual(['1\n2\n3\n', '1000000\n', 1024 * 1024])
  })

  it.each([
    ['output', ['nobody'], 'PROCESS_UNKNOWN'],
    ['wait', ['nobody'], 'PROCESS_UNKNOWN'],
    ['input', ['nobody'], 'PROCESS_UNKNOWN'],
    ['signal', ['nobody', 'TERM'], 'PROCESS_UNKNOWN'],
    ['signal', ['nobody', 'NOTHING'], 'OPTION_INVALID'],
  ])('%s refuses %s with %s', async (verb, words, code) => {
    verifies('exec.detach')
    const ran = await machines.ask(verb, 'lab', words)
    expect({ code: ran.code, stdout: ran.stdout, failed: ran.status !== 0 }).toEqual({ code, stdout: '', failed: true })
  })

  it('that have no input refuse some', async () => {
    verifies('exec.detach')
    await machines.exec('lab', ['--detach', '--id', 'deaf', '--', 'sleep', '300'])
    const refused = { status: 5, code: 'PROCESS_TAKES_NO_INPUT' }
    expect(await machines.ask('input', 'lab', ['deaf'], 'x')).toMatchObject(refused)
    expect(await machines.ask('input', 'lab', ['deaf'], Buffer.alloc(1_000_000))).toMatchObject(refused)
    expect((await machines.ask('signal', 'lab', ['deaf', 'KILL'])).status).toBe(0)
    expect((await machines.ask('wait', 'lab', ['deaf'])).status).toBe(137)
    expect(await machines.ask('input', 'lab', ['deaf'], 'x')).toMatchObject(refused)
  })

  it('are all ended with the server', async () => {
    verifies('exec.detach', 'webtty.lightweight')
    const { program: server } = await machines.serve('short')
    const begun = await machines.exec('short', ['--detach', '--id', 'long', ...sh(FAMILY)])
    expect(begun.status).toBe(0)
    const pids = await eventually('three processes', async () => {
      const found = pidsIn((await machines.ask('output', 'short', ['long'])).stdout)
      return found.length === 3 ? found : undefined
    })
    server.kill('SIGTERM')
    expect((await server.ended()).status).toBe(0)
    await gone(...pids)
  })
})
