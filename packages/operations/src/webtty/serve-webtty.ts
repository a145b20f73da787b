/** Owns serving this machine: one tunnel, or a local listener, and the processes behind it, until it is ended. */
import { arch, hostname, platform, userInfo } from 'node:os'
import type { Log } from '@towline/base'
import {
  type AppError,
  factLabels,
  type Labels,
  type ServerFacts,
  type Tunnel,
  type TunnelSpec,
} from '@towline/protocol'
import { type HostedTunnel, openSession, type TransportChoice } from '@towline/sdk'
import { createWebttyServer, openSessions, type Sessions, type WebttyServer } from '@towline/webtty'
import type { Connection } from '../context/connection.ts'
import type { Env } from '../context/home.ts'

export interface ServeWebttyRequest {
  readonly connection: Connection
  readonly name?: string | undefined
  readonly labels: Labels
  readonly publish: boolean
  readonly trustedIps?: readonly string[] | undefined
  readonly transport?: TransportChoice | undefined
  readonly agent: string
  readonly signal: AbortSignal
  readonly onState: (state: WebttyState) => void
  readonly host: HostOptions
}

/** What is served, wherever it listens. */
export interface HostOptions {
  /** The server's own environment. */
  readonly env: Env
  readonly log: Log
  /** Where commands and terminals start. */
  readonly cwd: string
  readonly page?: () => Promise<string>
}

/** How the server stands. */
export interface WebttyState {
  readonly status: 'connecting' | 'online' | 'disconnected' | 'reconnecting'
  /** Known from the first `online` on. */
  readonly tunnel?: Tunnel
  readonly facts: ServerFacts
  /** Why it is disconnected. */
  readonly error?: AppError
}

/** Resolves when `signal` ended it. Rejects when the first attempt fails or the server ends the tunnel for good. */
export const serveWebtty = async (request: ServeWebttyRequest): Promise<void> => {
  const { connection, signal, onState, agent, transport } = request
  const facts = factsOf(request)
  const host = openHost(request.host, facts)
  const session = openSession({ ...connection, agent, transport })
  const stop = (): void => void session.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    onState({ status: 'connecting', facts })
    session.states.on((state) => {
      if (state.status === 'disconnected' || state.status === 'reconnecting') onState({ ...state, facts })
    })
    const hosted = await session.open(specOf(request, facts), (stream, { from }) => {
      host.server.serve(stream, from === undefined ? {} : { from })
    }, signal)
    tellOnline(hosted, (tunnel) => onState({ status: 'online', tunnel, facts }))
    const over = await hosted.closed
    if (over && !signal.aborted) throw over
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await host.close()
    await session.close()
  }
}

const tellOnline = (hosted: HostedTunnel, tell: (tunnel: Tunnel) => void): void => {
  hosted.events.on((event) => event.type === 'online' && tell(event.tunnel))
  if (hosted.status === 'online') tell(hosted.tunnel)
}

/** What is behind the listener or tunnel. */
export interface WebttyHost {
  readonly server: WebttyServer
  readonly sessions: Sessions
  /** Ends every connection, then every process. */
  close(): Promise<void>
}

export const openHost = ({ env, log, cwd }: HostOptions, facts: ServerFacts): WebttyHost => {
  const sessions = openSessions({ env, log, defaults: { cwd } })
  const server = createWebttyServer({ sessions, facts, log })
  return {
    server,
    sessions,
    close: async () => {
      await server.close()
      await sessions.close()
    },
  }
}

const specOf = ({ name, labels, publish, trustedIps }: ServeWebttyRequest, facts: ServerFacts): TunnelSpec => ({
  ...(publish ? { kind: 'http', tokenAuth: true } : { kind: 'private' }),
  surface: 'webtty',
  ...(name !== undefined && { name }),
  ...(trustedIps?.length && { trustedIps }),
  labels: { ...labels, ...factLabels(facts) },
})

const factsOf = ({ name = '' }: ServeWebttyRequest): ServerFacts => ({
  name,
  os: platform(),
  arch: arch(),
  hostname: hostname(),
  user: userInfo().username,
  e2e: false,
  execPath: '/',
})
