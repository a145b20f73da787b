/** Owns serving this machine through a relay until it is ended, and telling how it stands meanwhile. */
import {
  AppError,
  type Exposure,
  factLabels,
  type Labels,
  ownLabels,
  type ServerFacts,
  type Tunnel,
  type TunnelSpec,
} from '@towline/protocol'
import { type HostedTunnel, openSession, type Session, type TransportChoice } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'
import { whoAmI } from '../login/who-am-i.ts'
import { Exposures } from './expose/exposures.ts'
import { serviceHosts } from './expose/service-hosts.ts'
import { type HostOptions, openHost, type WebttyHost } from './webtty-host.ts'

export interface ServeWebttyRequest {
  readonly connection: Connection
  readonly name?: string | undefined
  /** Of people. */
  readonly labels: Labels
  readonly publish: boolean
  readonly trustedIps?: readonly string[] | undefined
  readonly transport?: TransportChoice | undefined
  readonly agent: string
  readonly signal: AbortSignal
  readonly onState: (state: WebttyState) => void
  /** False: services of this machine are exposed for nobody. Else the hosts besides this machine whose services may be. */
  readonly expose: false | { readonly hosts: readonly string[] }
  /** Of each service that was exposed, and of each that no longer is. */
  readonly onExposure?: ((exposure: Exposure) => void) | undefined
  readonly host: Omit<HostOptions, 'exposer'>
}

/** How the server stands. */
export interface WebttyState {
  readonly status: 'connecting' | 'online' | 'disconnected' | 'reconnecting'
  readonly facts: ServerFacts
  /** Known from the first `online` on. */
  readonly tunnel?: Tunnel
  readonly fingerprint?: string | undefined
  readonly notice?: string | undefined
  /** Why it is disconnected. */
  readonly error?: AppError
}

/** Resolves when `signal` ended it. Rejects when the first attempt fails or the relay ends the tunnel for good. */
export const serveWebtty = async (request: ServeWebttyRequest): Promise<void> => {
  const { connection, signal, agent, transport } = request
  refuseFacts(request.labels)
  let machine = request.name ?? ''
  const exposures = exposuresOf(request, { machine: () => machine, session: () => session })
  const host = await openHost(request.name ?? '', { ...request.host, exposer: exposures ?? 'EXPOSE_OFF' })
  const session = openSession({ ...connection, agent, transport })
  // Whoever is connected hears first that the server stops: a terminal then waits for it no longer.
  const stop = (): void => void host.server.close().then(() => session.close())
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    const tell = teller(request, host)
    tell({ status: 'connecting' })
    session.states.on((state) => {
      if (state.status === 'disconnected' || state.status === 'reconnecting') tell(state)
    })
    const projects = await projectsOf(request)
    const hosted = await session.open(
      specOf(request, host.facts),
      (stream, { from }) => host.server.serve(stream, from === undefined ? {} : { from }),
      signal,
    )
    onOnline(hosted, (tunnel) => {
      machine = tunnel.name
      host.known([tunnel.name], [tunnel.projectId, ...projects])
      tell({ status: 'online', tunnel })
    })
    const over = await hosted.closed
    if (over && !signal.aborted) throw over
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
    exposures?.close()
    await host.close()
    await session.close()
  }
}

/** Its tunnels live on the link of the server, and so come back with it and end with it. */
const exposuresOf = (
  { expose, onExposure }: ServeWebttyRequest,
  { machine, session }: { readonly machine: () => string; readonly session: () => Session },
): Exposures | undefined =>
  expose === false
    ? undefined
    : new Exposures({
        hosts: serviceHosts(expose.hosts),
        machine,
        onChange: onExposure,
        open: (...asked) => session().open(...asked),
      })

type Told = Pick<WebttyState, 'status' | 'tunnel' | 'error'>

const teller = ({ onState }: ServeWebttyRequest, { facts, fingerprint, notice }: WebttyHost) => {
  let tunnel: Tunnel | undefined
  return (told: Told): void => {
    tunnel = told.tunnel ?? tunnel
    onState({
      status: told.status,
      facts: tunnel ? { ...facts, name: tunnel.name } : facts,
      ...(tunnel && { tunnel }),
      fingerprint,
      notice,
      ...(told.error && { error: told.error }),
    })
  }
}

const onOnline = (hosted: HostedTunnel, tell: (tunnel: Tunnel) => void): void => {
  hosted.events.on((event) => event.type === 'online' && tell(event.tunnel))
  if (hosted.status === 'online') tell(hosted.tunnel)
}

/** Slugs that clients may pin this server under; only encryption looks at them. */
const projectsOf = async ({ connection, host, signal }: ServeWebttyRequest): Promise<readonly string[]> => {
  if (host.identity === undefined) return []
  if (connection.project !== undefined) return [connection.project]
  const { project } = await whoAmI(connection, signal)
  return project ? [project.endpoint] : []
}

/** Facts are the server's own to tell: one of them among the labels of people would pass for it. Throws LABEL_INVALID. */
const refuseFacts = (labels: Labels): void => {
  const own = ownLabels(labels)
  const taken = Object.keys(labels).find((key) => !(key in own))
  if (taken === undefined) return
  throw new AppError('LABEL_INVALID', { label: taken, problem: 'the server itself tells this' })
}

const specOf = ({ name, labels, publish, trustedIps }: ServeWebttyRequest, facts: ServerFacts): TunnelSpec => ({
  ...(publish ? { kind: 'http', tokenAuth: true } : { kind: 'private' }),
  surface: 'webtty',
  ...(name !== undefined && { name }),
  ...(trustedIps?.length && { trustedIps }),
  labels: { ...labels, ...factLabels(facts) },
})
