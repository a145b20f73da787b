/** Owns a supervisor in this process for tests: a home folder of its own, a clock that is set, and tunnels to no server. */
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { silentLog } from '@towline/base'
import { type AppError, LIMITS, type Limits, type Tunnel } from '@towline/protocol'
import { tempFolder } from '@towline/testkit'
import { saveContext } from '../context/contexts.ts'
import type { Env } from '../context/home.ts'
import type { forward, ForwardRequest, ForwardState } from '../tunnel/forward.ts'
import { type Daemon, openDaemon } from './daemon.ts'
import { openSupervisor, type Supervisor } from './supervisor.ts'

/** A tunnel that was asked of the server. */
export interface FakeTunnel {
  readonly request: ForwardRequest
  /** Tells a state. */
  tell(state: Partial<ForwardState>): void
  online(): void
  /** The server ends or refuses it. */
  fail(error: AppError): void
}

export interface Local extends AsyncDisposable {
  readonly home: string
  readonly env: Env
  readonly limits: Limits
  readonly supervisor: Supervisor
  readonly daemon: Daemon
  /** Of a service that listens. */
  readonly port: number
  /** Asked of the server so far. */
  readonly tunnels: readonly FakeTunnel[]
  /** What each new tunnel does; online at once unless it is set. */
  onTunnel: (tunnel: FakeTunnel) => void
  /** Milliseconds since the epoch. */
  now: number
  /** Another supervisor of the same home, after the one before ended. */
  again(): Promise<Daemon>
}

export const URL_OF_SERVER = 'http://127.0.0.1:1'

export const openLocal = async (changed: Partial<Limits> = {}): Promise<Local> => {
  const folder = tempFolder('local')
  const env: Env = { TOWLINE_HOME: folder.path }
  await saveContext(env, { name: 'dev', url: URL_OF_SERVER, token: 'tow_secret-of-the-context' })
  const service = createServer((socket) => socket.on('error', () => undefined))
  await new Promise<void>((done) => service.listen(0, '127.0.0.1', done))
  const limits: Limits = { ...LIMITS, localSweepMs: 3_600_000, ...changed }
  const tunnels: FakeTunnel[] = []
  const daemons: Daemon[] = []
  const options = { env, agent: 'towline-test/1', log: silentLog(), limits, clock: () => local.now }
  const fake = fakeForward((tunnel) => {
    tunnels.push(tunnel)
    local.onTunnel(tunnel)
  })
  const again = async (): Promise<Daemon> => {
    const daemon = await openDaemon({ ...options, forward: fake })
    if (!daemon) throw new Error('another supervisor runs')
    daemons.push(daemon)
    return daemon
  }
  const local: Local = {
    ...{ home: folder.path, env, limits, tunnels, again },
    daemon: undefined as unknown as Daemon,
    supervisor: openSupervisor({ env, program: [], agent: 'towline-test/1', limits }),
    port: (service.address() as AddressInfo).port,
    onTunnel: (tunnel) => tunnel.online(),
    now: 1_800_000_000_000,
    [Symbol.asyncDispose]: async () => {
      for (const daemon of daemons) await daemon.close()
      await closed(service)
      folder.remove()
    },
  }
  Object.assign(local, { daemon: await again() })
  return local
}

let count = 0

/** Stands for the server: nothing is opened anywhere. */
const fakeForward =
  (onTunnel: (tunnel: FakeTunnel) => void): typeof forward =>
  (request) =>
    new Promise((done, fail) => {
      let state: ForwardState = {
        ...{ status: 'connecting', target: request.target.authority, reconnects: 0 },
        stats: { requests: 0, active: 0, p50Ms: 0, p99Ms: 0 },
      }
      const tell = (change: Partial<ForwardState>): void => {
        state = { ...state, ...change }
        request.onState(state)
      }
      request.signal.addEventListener('abort', () => done())
      tell({})
      onTunnel({ request, tell, fail, online: () => tell({ status: 'online', tunnel: tunnelOf(request) }) })
    })

const tunnelOf = ({ spec, connection }: ForwardRequest): Tunnel => {
  const name = spec.name ?? `made-up-${++count}`
  return {
    ...{ ...spec, id: `tun_${++count}`, name, labels: spec.labels ?? {}, owner: 'crd_1', clientId: 'cli_1' },
    url: spec.kind === 'private' ? `tow://${name}` : `${connection.url.replace('//', `//${name}.`)}`,
    ...{ projectId: 'prj_1', status: 'online', createdAt: 0, epoch: 1 },
  }
}

const closed = (server: Server): Promise<void> => new Promise((done) => server.close(() => done()))
