/** Proves that commands of a machine come through whole, over lost wires too, and who is refused. */
import { LIMITS } from '@towline/protocol'
import { within } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openPlayed, type Played } from '../exec-server/peer.fixture.ts'
import { memoryWires } from '../rpc/memory-wires.ts'
import type { Wire } from '../rpc/wire.ts'
import type { CommandSink, CommandStart, Environment } from './environment.ts'
import { type ExecClient, openExecClient } from './exec-client.ts'
import { execEnvironment } from './exec-environment.ts'

/** What a command told, joined. */
class Heard implements CommandSink {
  text = ''
  readonly end: Promise<readonly unknown[]>
  #done!: (end: readonly unknown[]) => void
  #news: (() => void) | undefined

  constructor() {
    this.end = new Promise((done) => {
      this.#done = done
    })
  }

  output(_stream: string, bytes: Uint8Array): void {
    this.text += Buffer.from(bytes)
    this.#news?.()
  }

  exited(exitCode: number, sandboxDenied: boolean): void {
    this.#done(['exited', exitCode, sandboxDenied])
  }

  lost(error: Error): void {
    this.#done(['lost', error.message])
  }

  async until(text: string): Promise<void> {
    await within(
      `"${text}"`,
      new Promise<void>((done) => {
        this.#news = () => {
          if (this.text.includes(text)) done()
        }
        this.#news()
      }),
    )
  }
}

const COMMAND: CommandStart = {
  argv: ['/bin/true'],
  cwd: '/srv',
  env: { A: '1' },
  envPolicy: { inherit: 'core', ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] },
  tty: false,
  stdin: true,
  sandbox: null,
}

let played: Played
let client: ExecClient
let environment: Environment
/** Far ends, in the order of their connections; a test may refuse further ones. */
let wires: Wire[]
let nearWires: Wire[]
let refusal: Error | undefined
let changes: boolean[]

beforeEach(() => {
  played = openPlayed()
  wires = []
  nearWires = []
  changes = []
  refusal = undefined
  client = openExecClient({
    connect: () => {
      if (refusal) return Promise.reject(refusal)
      const [near, far] = memoryWires()
      wires.push(far)
      nearWires.push(near)
      played.server.serve(far)
      return Promise.resolve(near)
    },
    changed: (isConnected) => changes.push(isConnected),
  })
  environment = execEnvironment('lab', client)
})
afterEach(async () => {
  vi.useRealTimers()
  await client.close()
  await played.server.close()
})

/** Answers the command and what plays it. */
const start = async (sink: CommandSink, command: Partial<CommandStart> = {}) => {
  const running = await environment.start({ ...COMMAND, ...command }, sink)
  return { running, program: played.processes.at(-1) as Played['processes'][number] }
}
const cut = (): void => wires.at(-1)?.close()

describe('exec client: refuses', () => {
  it('what the machine refuses, in its words', async () => {
    await expect(environment.files.read('/nowhere/at/all', null)).rejects.toMatchObject({ code: -32004 })
    expect(await environment.files.metadata('/nowhere/at/all', null)).toBeUndefined()
  })

  it('a sandbox that the machine cannot enforce, as the error of the machine', async () => {
    const sandbox = {
      permissions: { type: 'managed', file_system: { type: 'restricted', entries: [] }, network: 'enabled' },
    } as const
    const { AppError } = await import('@towline/protocol')
    const bare = openPlayed(() => Promise.reject(new AppError('SANDBOX_MISSING', { problem: 'there is no bwrap.' })))
    played = bare
    await expect(start(new Heard(), { sandbox })).rejects.toMatchObject({
      code: 'SANDBOX_MISSING',
      message: 'The sandbox cannot be enforced on this machine: there is no bwrap.',
    })
  })

  it('a machine that is not there', async () => {
    refusal = new Error('nobody listens')
    await expect(environment.info()).rejects.toMatchObject({ code: 'ENVIRONMENT_UNREACHABLE' })
    expect(client.status).toEqual({
      status: 'disconnected',
      error: 'exec-server connection attempt failed: nobody listens',
    })
  })

  it('a machine that says nothing', async () => {
    vi.useFakeTimers()
    const [near] = memoryWires()
    const silent = openExecClient({ connect: () => Promise.resolve(near) })
    const asked = expect(execEnvironment('x', silent).info()).rejects.toMatchObject({ code: 'ENVIRONMENT_SILENT' })
    await vi.advanceTimersByTimeAsync(LIMITS.execClientInitializeMs)
    await asked
    await silent.close()
  })

  it('everything after it was closed', async () => {
    await client.close()
    await expect(environment.info()).rejects.toMatchObject({ code: 'ENVIRONMENT_LOST' })
  })
})

describe('exec client', () => {
  it('tells of the machine, and whether it is connected', async () => {
    expect(client.status).toEqual({ status: 'pending' })
    expect(await environment.info()).toMatchObject({ shell: { name: 'bash' }, cwd: 'file:///srv' })
    expect([client.status, changes]).toEqual([{ status: 'ready' }, [true]])
  })

  it('runs a command: input, output, interrupt, exit', async () => {
    verifies('agent.environments')
    const heard = new Heard()
    const { running, program } = await start(heard)
    expect(program.spec).toMatchObject({ argv: ['/bin/true'], cwd: '/srv', stdin: true })
    await running.write(Buffer.from('in'))
    await running.interrupt()
    program.prints('out')
    program.exits(3)
    expect([await heard.end, heard.text]).toEqual([['exited', 3, false], 'out'])
    expect([program.written, program.isInterrupted]).toEqual(['in', true])
  })

  it('loses no output and has none twice when the wire is lost in the middle', async () => {
    verifies('agent.environments')
    const heard = new Heard()
    const { program } = await start(heard)
    program.prints('one ')
    await heard.until('one')
    cut()
    program.prints('two ')
    program.prints('three ')
    await heard.until('three')
    program.prints('four ')
    cut()
    program.prints('five')
    program.exits(0)
    expect([await heard.end, heard.text]).toEqual([['exited', 0, false], 'one two three four five'])
    expect(wires).toHaveLength(3)
  })

  it('asks again what was under way when the wire was lost', async () => {
    await environment.info()
    const asked = [environment.info(), environment.files.metadata('/nowhere/at/all', null)]
    wires[0]?.close()
    expect(await Promise.all(asked)).toEqual([expect.objectContaining({ cwd: 'file:///srv' }), undefined])
  })

  it('starts a command once, though the wire is lost before its start is answered', async () => {
    verifies('agent.environments')
    const heard = new Heard()
    const starting = environment.start(COMMAND, heard)
    await vi.waitFor(() => expect(played.processes).toHaveLength(1))
    nearWires.at(-1)?.close()
    played.processes[0]?.prints('early')
    await starting
    played.processes[0]?.exits(0)
    expect([await heard.end, heard.text]).toEqual([['exited', 0, false], 'early'])
    expect([played.processes.length, wires.length]).toEqual([1, 2])
  })

  it('tells that a command is lost when the machine has forgotten its session', async () => {
    const heard = new Heard()
    await start(heard)
    const before = played
    played = openPlayed()
    cut()
    expect(await heard.end).toEqual(['lost', 'The environment was lost: the machine has ended its session'])
    await before.server.close()
    expect(await environment.info()).toMatchObject({ cwd: 'file:///srv' })
  })

  it('gives a machine up that does not come back', async () => {
    const heard = new Heard()
    await start(heard)
    vi.useFakeTimers()
    refusal = new Error('no route')
    cut()
    await vi.advanceTimersByTimeAsync(LIMITS.execClientResumeMs)
    expect(await heard.end).toEqual(['lost', expect.stringContaining('no route')])
    expect(client.status.status).toBe('disconnected')
  })

  it('gives a machine up that breaks off again and again, and does not hurry it', async () => {
    vi.useFakeTimers()
    let connections = 0
    const broken = openExecClient({
      connect: () => {
        connections += 1
        const [near, far] = memoryWires()
        const sink = {
          drained: () => undefined,
          closed: () => undefined,
          message: (text: string) => {
            const { id, method } = JSON.parse(text) as { id?: number; method: string }
            if (method === 'initialize') far.send(JSON.stringify({ id, result: { sessionId: 's' } }))
            else if (method !== 'initialized') far.close()
          },
        }
        far.sink = sink
        far.resume()
        return Promise.resolve(near)
      },
    })
    const asked = expect(execEnvironment('x', broken).info()).rejects.toMatchObject({ code: 'ENVIRONMENT_LOST' })
    await vi.advanceTimersByTimeAsync(0)
    expect(connections).toBeLessThan(3)
    await vi.advanceTimersByTimeAsync(LIMITS.execClientLosses * LIMITS.execClientRetryMsMost)
    await asked
    expect(connections).toBe(LIMITS.execClientLosses)
    await broken.close()
  })

  it('ends what runs when it is closed', async () => {
    const heard = new Heard()
    const { program } = await start(heard)
    await client.close()
    expect([program.wasEnded, await heard.end]).toEqual([true, ['lost', 'The environment was lost: it was closed']])
  })
})
