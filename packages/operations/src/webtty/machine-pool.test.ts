/** Proves that connections to machines are kept, shared, bounded and given up, and that nobody's cancelling ends another's work. */
import { silentLog } from '@towline/base'
import { AppError, LIMITS, type OpenRequest } from '@towline/protocol'
import { openSystem, type System, type TempFolder, tempFolder, within } from '@towline/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { execOn } from './exec.ts'
import { createMachinePool, type MachinePool } from './machine-pool.ts'
import type { MachineRequest } from './machine.ts'
import { listProcesses } from './processes.ts'
import { serveWebtty } from './serve-webtty.ts'

const LIVE = new AbortController().signal
const TRUE: OpenRequest = { kind: 'exec', argv: ['true'], stdin: 'none' }

let system: System
let folder: TempFolder
const stop = new AbortController()
const serving: Promise<void>[] = []

const serve = (name: string): Promise<void> =>
  new Promise((online, failed) => {
    const { url, token, ca } = system
    const host = { env: { PATH: process.env['PATH'], TOWLINE_HOME: folder.path }, log: silentLog(), cwd: folder.path }
    const onState = ({ status }: { readonly status: string }): void => {
      if (status === 'online') online()
    }
    const connection = { url, token, ...(ca !== undefined && { ca }) }
    const spec = { name, labels: {}, publish: false, expose: false, agent: 'towline-test/0' } as const
    serving.push(serveWebtty({ ...spec, connection, onState, host, signal: stop.signal }).catch(failed))
  })

beforeAll(async () => {
  folder = tempFolder('pool')
  system = await openSystem()
  await Promise.all(['a', 'b', 'c'].map(serve))
})
afterAll(async () => {
  stop.abort()
  await Promise.all(serving)
  await system.close()
  folder.remove()
})

let pool: MachinePool
beforeEach(() => {
  pool = createMachinePool({ ...LIMITS, machinesKept: 2, machineIdleMs: 5_000 })
})
afterEach(async () => {
  vi.useRealTimers()
  await pool.close()
})

const request = (name: string, signal: AbortSignal = LIVE, token = system.token): MachineRequest => {
  const { url, ca } = system
  const connection = { url, token, ...(ca !== undefined && { ca }) }
  return {
    ...{ url: `tow://${name}`, agent: 'towline-pool/0', signal, pool, env: { TOWLINE_HOME: folder.path }, trust: {} },
    connection: () => Promise.resolve(connection),
  }
}

/** Links of clients of the pool at the relay. */
const links = async (): Promise<number> => {
  const answer = (await (await system.api('/api/engine/clients')).json()) as { clients: { agent: string }[] }
  return answer.clients.filter(({ agent }) => agent === 'towline-pool/0').length
}

const until = (count: number): Promise<void> =>
  within(
    `${count} links`,
    (async () => {
      while ((await links()) !== count) await new Promise((next) => setImmediate(next))
    })(),
  )

describe('machine pool', () => {
  it('uses one link for all calls to a machine, and keeps it between them', async () => {
    await Promise.all([execOn({ ...request('a'), request: TRUE }), listProcesses(request('a'))])
    await execOn({ ...request('a'), request: TRUE })
    expect(await links()).toBe(1)
  })

  it('keeps no more than its bound: who was not used for longest goes', async () => {
    for (const name of ['a', 'b', 'c']) expect((await execOn({ ...request(name), request: TRUE })).exitCode).toBe(0)
    await until(2)
  })

  it('closes what nobody used for a while', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await execOn({ ...request('a'), request: TRUE })
    expect(await links()).toBe(1)
    await vi.advanceTimersByTimeAsync(5_000)
    vi.useRealTimers()
    await until(0)
  })

  it('lets who cancels go without ending what others do over the same connection', async () => {
    const cancel = new AbortController()
    const [first, second] = [execOn({ ...request('a', cancel.signal), request: TRUE }), listProcesses(request('a'))]
    cancel.abort(new AppError('CALL_CANCELLED'))
    await expect(first).rejects.toMatchObject({ code: 'CALL_CANCELLED' })
    expect(Array.isArray(await second)).toBe(true)
  })

  it('opens another when the connection was lost meanwhile', async () => {
    await execOn({ ...request('a'), request: TRUE })
    const { clients } = (await (await system.api('/api/engine/clients')).json()) as {
      clients: { id: string; agent: string }[]
    }
    const own = clients.find(({ agent }) => agent === 'towline-pool/0')
    await system.api(`/api/engine/clients/${own?.id ?? ''}`, { method: 'DELETE' })
    await until(0)
    expect((await execOn({ ...request('a'), request: TRUE })).exitCode).toBe(0)
  })

  it('shares nothing between credentials', async () => {
    const other = await system.otherToken()
    await Promise.all([listProcesses(request('a')), listProcesses(request('a', LIVE, other))])
    expect(await links()).toBe(2)
  })

  it('keeps nothing that failed, and nothing once it is closed', async () => {
    await expect(listProcesses(request('nowhere'))).rejects.toMatchObject({ code: 'TUNNEL_UNKNOWN' })
    await pool.close()
    await listProcesses(request('b'))
    await until(0)
  })
})
