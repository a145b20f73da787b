/** Owns serving an app-server by a tunnel: to dialers, and to holders of a token by a public address. */
import { type ForwardState, serveTunnel, type Transport } from '@towline/operations'
import { appServerLabels, AppError, parseLabels, printable, type TunnelSpec, validateName } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import { type Io, line } from '../io.ts'
import { safeJson } from '../output/safe-json.ts'
import { afterDrain } from '../server/app-server/after-drain.ts'
import { serveSockets } from '../server/app-server/serve-sockets.ts'
import type { ServedAppServer } from '../server/app-server/served.ts'
import { AGENT } from '../version.ts'
import { connectionOf } from './connection.ts'

export interface AppServerTunnelOptions extends ServerOptions {
  readonly tunnel?: string
  readonly private?: boolean
  readonly upstream?: string
  readonly label?: readonly string[]
  readonly trustedIps?: string
  readonly allowOrigin?: string
  readonly transport: Transport
  readonly output: 'text' | 'json'
}

/** Nobody gets in without a token, or the right to dial. Throws USAGE, NAME_INVALID, LABEL_INVALID. */
export const tunnelSpec = (options: AppServerTunnelOptions): TunnelSpec => {
  const { tunnel, label = [], upstream, trustedIps, allowOrigin } = options
  if (tunnel === undefined)
    throw new AppError('USAGE', { problem: 'Say under which name it is served, with --tunnel.' })
  return {
    ...(options.private ? { kind: 'private' } : { kind: 'http', tokenAuth: true }),
    surface: 'app-server',
    name: validateName(tunnel),
    labels: { ...parseLabels(label), ...appServerLabels(upstream === undefined ? 'towline' : 'upstream') },
    ...(trustedIps !== undefined && { trustedIps: listIn(trustedIps) }),
    ...(allowOrigin !== undefined && { allowOrigins: listIn(allowOrigin) }),
  }
}

const listIn = (text: string): readonly string[] => text.split(',').map((entry) => entry.trim())

export interface AppServerTunnel {
  readonly options: AppServerTunnelOptions
  readonly spec: TunnelSpec
  readonly served: ServedAppServer
}

/** See `serveTunnel`; told to end, it drains first. What it serves is the caller's to close. */
export const serveAppServerTunnel = async (io: Io, { options, spec, served }: AppServerTunnel): Promise<void> => {
  const sockets = serveSockets(served)
  try {
    await serveTunnel({
      connection: await connectionOf(io, options),
      ...{ spec, service: sockets.http, target: 'app-server', agent: AGENT },
      transport: options.transport,
      signal: afterDrain(io.signal, served),
      onState: printerFor(io, options.output),
    })
  } finally {
    await sockets.close()
  }
}

/** A line for each status that is another one. */
const printerFor = (io: Io, output: 'text' | 'json') => {
  let last = ''
  return (state: ForwardState): void => {
    if (state.status === last) return
    last = state.status
    line(io, output === 'json' ? safeJson(jsonOf(state)) : plain(state))
  }
}

const plain = ({ status, tunnel, error }: ForwardState): string =>
  printable(
    [
      status,
      ...(tunnel ? [`tow://${tunnel.name}`] : []),
      ...(tunnel?.kind === 'http' ? [remoteOf(tunnel.url)] : []),
      ...(error ? [error.message] : []),
    ].join('  '),
  )

const jsonOf = ({ status, tunnel, reconnects, error }: ForwardState): object => ({
  status,
  ...(tunnel && {
    ...{ tunnelId: tunnel.id, name: tunnel.name, url: `tow://${tunnel.name}`, labels: tunnel.labels },
    remote: tunnel.kind === 'http' ? remoteOf(tunnel.url) : null,
  }),
  reconnects,
  ...(error && { error: error.toJSON() }),
})

/**
 * As stock clients take it: a port is always there, a path never. They send tokens inside TLS only, which a port of a server that
 * says http speaks too.
 */
const remoteOf = (url: string): string => {
  const { protocol, hostname, port } = new URL(url)
  return `wss://${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
}
