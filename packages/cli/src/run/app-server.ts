/** Owns the work of `towline app-server`: which server is served, and where. */
import { LineWire } from '@towline/app-server'
import { AppError } from '@towline/protocol'
import { type Io, line } from '../io.ts'
import { appServerHome } from '../server/app-server/app-server-home.ts'
import type { ServedAppServer } from '../server/app-server/served.ts'
import { untilIdle } from '../server/app-server/until-idle.ts'
import type { WsAuthOptions } from '../server/app-server/ws-auth.ts'
import { type AppServerOpening, openServed } from './app-server-open.ts'
import type { AppServerTunnelOptions } from './app-server-tunnel.ts'
import { parseMillis } from './duration.ts'
import { untilClosed } from './until-closed.ts'
import { aborted } from './waiting.ts'

export interface AppServerOptions extends AppServerOpening, AppServerTunnelOptions, WsAuthOptions {
  readonly listen?: string
  readonly stdio?: boolean
  readonly idleExit?: string
}

/**
 * Serves until it is told to end, or its only client is gone, which is success; or the server ends its tunnel for good, which
 * is an error. Turns that run have a while to end.
 */
export const run = async (io: Io, options: AppServerOptions): Promise<void> => {
  const { tunnel, listen, stdio } = options
  if (stdio && listen !== undefined) throw usage('The options --stdio and --listen do not go together.')
  if (tunnel !== undefined && (stdio || listen !== undefined))
    throw usage('A server is served either on a tunnel, or where --listen says.')
  if (tunnel === undefined) refuseAlone(options)
  const serve = await placeOf(io, options)
  const served = await openServed(io, options)
  try {
    await serve(served)
  } finally {
    await served.close()
  }
}

/** What is about a tunnel says nothing without one. */
const refuseAlone = ({ private: isPrivate, label, trustedIps }: AppServerOptions): void => {
  const given = { '--private': isPrivate, '--label': label, '--trusted-ips': trustedIps }
  const [alone] = Object.entries(given).find(([, value]) => value !== undefined) ?? []
  if (alone !== undefined) throw usage(`${alone} is about a tunnel; name it with --tunnel.`)
}

type Serve = (served: ServedAppServer) => Promise<void>

const usage = (problem: string): AppError => new AppError('USAGE', { problem })

/** What is wrong with where it is to serve is said before anything is opened. */
const placeOf = async (io: Io, options: AppServerOptions): Promise<Serve> => {
  const { tunnel, listen = 'stdio://' } = options
  if (tunnel !== undefined) return await onTunnel(io, options)
  if (listen === 'stdio://') return (served) => serveOnce(io, served)
  return await onAddress(io, options, listen)
}

const onTunnel = async (io: Io, options: AppServerOptions): Promise<Serve> => {
  const { serveAppServerTunnel, tunnelSpec } = await import('./app-server-tunnel.ts')
  const spec = tunnelSpec(options)
  return async (served) => {
    await serveAppServerTunnel(io, { options, spec, served })
    await served.drain?.()
  }
}

const onAddress = async (io: Io, options: AppServerOptions, listen: string): Promise<Serve> => {
  const { appServerAddress, listenAppServer } = await import('../server/app-server/listen-app-server.ts')
  const { wsAuthRule } = await import('../server/app-server/ws-auth.ts')
  const at = appServerAddress(listen, appServerHome(io.env, options.home))
  const rule = await wsAuthRule(options)
  const idleMs = options.idleExit === undefined ? undefined : parseMillis(options.idleExit, '--idle-exit')
  const origins = options.allowOrigin?.split(',').map((origin) => origin.trim()) ?? []
  return async (served) => {
    const listening = typeof at === 'string' ? undefined : await listenAppServer({ at, served, rule, origins })
    if (listening) line(io, listening.url)
    await (idleMs === undefined ? aborted(io.signal) : untilIdle(served, idleMs, io.signal))
    await served.drain?.()
    await listening?.close()
  }
}

const serveOnce = async (io: Io, served: ServedAppServer): Promise<void> => {
  const wire = new LineWire(io.stdin, io.stdout)
  const stop = async (): Promise<void> => {
    await served.drain?.()
    wire.close()
  }
  if (io.signal.aborted) return wire.close()
  io.signal.addEventListener('abort', () => void stop(), { once: true })
  await untilClosed(wire, served)
  await served.drain?.()
  io.stdin.destroy()
}
