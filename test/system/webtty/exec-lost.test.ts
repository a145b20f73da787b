/** Proves that whoever runs a command hears the truth when something in between ends: `lost` and 255, never success. */
import { eventually, openRelay, type Program, verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { codeIn, gone, type Machines, openMachines, sh } from './machines.ts'

const SCRIPT = sh('echo $$; exec sleep 300')

/** Starts a command, and answers its process id on the machine. */
const begin = async (
  machines: Machines,
  words: readonly string[] = [],
): Promise<{ readonly program: Program; readonly pid: number }> => {
  const program = machines.start('lab', [...words, ...SCRIPT])
  const pid = await eventually('the command', () => {
    const found = Number(program.stdout())
    return found > 0 ? found : undefined
  })
  return { program, pid }
}

/** Starts one whose result comes as JSON, with the words that its processes can be found by. */
const beginJson = async (machines: Machines): Promise<{ readonly program: Program; readonly pid: number }> => {
  const program = machines.start('lab', ['--id', 'json', '-o', 'json', ...SCRIPT])
  const pid = await eventually(
    'the command',
    async () => (await machines.processes('lab')).find(({ processId }) => processId === 'json')?.pid,
  )
  return { program, pid }
}

const LOST = { state: 'lost', exitCode: null, signal: null, timedOut: false }

const isLost = async (program: Program, json: Program): Promise<void> => {
  const { status, stderr } = await program.ended()
  expect({ status, code: codeIn(stderr) }).toEqual({ status: 255, code: 'WEBTTY_LOST' })
  expect(stderr).toMatch(/^next: /m)
  const ended = await json.ended()
  expect(ended.status).toBe(255)
  expect(JSON.parse(ended.stdout)).toMatchObject({ ...LOST, processId: 'json', error: { code: 'WEBTTY_LOST' } })
}

describe.concurrent('webtty exec: what nobody knows the end of', () => {
  it('is lost when the server of the machine is killed', async () => {
    verifies('exec.exit', 'exec.result')
    await using machines = await openMachines([])
    const { program: server } = await machines.serve('lab')
    const text = await begin(machines)
    const json = await beginJson(machines)
    server.kill('SIGKILL')
    await isLost(text.program, json.program)
    for (const { pid } of [text, json]) process.kill(pid, 'SIGKILL')
  })

  it('is lost when the relay is killed, and what it ran is ended', async () => {
    verifies('exec.exit', 'exec.cancel')
    await using machines = await openMachines()
    const text = await begin(machines)
    const json = await beginJson(machines)
    machines.up.server.kill('SIGKILL')
    await isLost(text.program, json.program)
    await gone(text.pid, json.pid)
  })

  it('is lost when the server stops, and what it ran is ended', async () => {
    verifies('exec.exit', 'webtty.lightweight')
    await using machines = await openMachines([])
    const { program: server } = await machines.serve('lab')
    const text = await begin(machines)
    const json = await beginJson(machines)
    const words = ['webtty', 'client', '--url', 'tow://lab', '--', 'sh', '-c', 'echo on; exec sleep 300']
    const terminal = machines.up.start(words)
    await eventually('the terminal', () => terminal.stdout().includes('on') || undefined)
    server.kill('SIGTERM')
    expect((await server.ended()).status).toBe(0)
    await isLost(text.program, json.program)
    // It said so to everyone: a terminal would wait for it for a quarter of an hour.
    const { status: left, stderr } = await terminal.ended()
    expect({ left, code: codeIn(stderr) }).toEqual({ left: 255, code: 'WEBTTY_LOST' })
    for (const told of [stderr, text.program.stderr()]) expect(told).toContain('the server stops')
    await gone(text.pid, json.pid)
    const { status, code } = await machines.exec('lab', ['--', 'true'])
    expect({ status, code }).toEqual({ status: 255, code: 'TUNNEL_UNKNOWN' })
  })

  it('is lost when the way to the relay is cut, and what it ran is ended', async () => {
    verifies('exec.exit', 'exec.cancel')
    await using machines = await openMachines()
    await using relay = await openRelay(machines.up.port)
    const program = machines.start('lab', SCRIPT, {
      TOWLINE_URL: `https://127.0.0.1:${relay.port}`,
      TOWLINE_TOKEN: machines.up.context().token,
      TOWLINE_CA_FILE: `${machines.up.folder.path}/data/ca.pem`,
    })
    const pid = await eventually('the command', () => Number(program.stdout()) || undefined)
    relay.cut()
    const { status, stderr } = await program.ended()
    expect({ status, code: codeIn(stderr) }).toEqual({ status: 255, code: 'WEBTTY_LOST' })
    await gone(pid)
  })

  it('is found again by its id when it was left running', async () => {
    verifies('exec.detach')
    await using machines = await openMachines()
    const words = ['--detach', '--id', 'kept', ...sh('read -r line; exit 7')]
    expect((await machines.exec('lab', ['--stdin', ...words])).status).toBe(0)
    const { port } = machines.up
    machines.up.server.kill('SIGKILL')
    await machines.up.server.ended()
    await machines.up.again()
    expect(machines.up.port).toBe(port)
    await eventually('the machine', async () => ((await machines.list()).length === 1 ? true : undefined))
    expect((await machines.ask('input', 'lab', ['kept', '--eof'], 'go on\n')).status).toBe(0)
    expect((await machines.ask('wait', 'lab', ['kept'])).status).toBe(7)
  })
})
