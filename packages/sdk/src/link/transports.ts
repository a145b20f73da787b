/** Owns the three ways bytes of a link travel: TLS with ALPN, a WebSocket over TLS, and plain TCP within this machine. */
import type { TLSSocket } from 'node:tls'
import { byteSocket, connectBytes, fromDuplex } from '@towline/base'
import { AppError, type Channel, LINK_PROTOCOL } from '@towline/protocol'
import { deadline, orAbort } from './deadline.ts'
import { openSocket } from './open-socket.ts'
import { connectError, mayBeBlocked } from './problems.ts'
import type { Server } from './server.ts'
import { secure } from './sockets.ts'

/** A channel, or why the path seems to be blocked: another transport may pass. */
export type Outcome = { readonly channel: Channel } | { readonly blocked: AppError }

export type Transport = (server: Server, signal?: AbortSignal) => Promise<Outcome>

const SILENT = 'it took the connection and says nothing'

/** Alerts of servers that speak TLS but not ours; behind some of them a WebSocket leads on. */
const NOT_OURS: Readonly<Record<string, string>> = {
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: `it does not know ${LINK_PROTOCOL}`,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it does not speak TLS 1.3',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it does not speak TLS 1.3',
}

/** Blocked when the handshake is broken off or stays silent, or when ALPN is not understood. */
export const overTls: Transport = async (server, signal) => {
  const limit = deadline(server.limits.linkConnectMs, signal)
  const below = await openSocket(server, limit)
  try {
    const options = { host: server.host, alpn: [LINK_PROTOCOL], minVersion: 'TLSv1.3', ca: server.ca } as const
    const socket = await secure(below, options, limit.signal)
    if (socket.alpnProtocol === LINK_PROTOCOL) return { channel: channelOf(server, socket) }
    socket.destroy()
    return { blocked: notTowline(server, `it does not know ${LINK_PROTOCOL}`) }
  } catch (error) {
    if (limit.passed) return { blocked: notTowline(server, SILENT) }
    if (signal?.aborted) throw signal.reason
    const { code = '' } = error as NodeJS.ErrnoException
    if (Object.hasOwn(NOT_OURS, code)) return { blocked: notTowline(server, NOT_OURS[code] as string) }
    const told = connectError(server.url, error)
    if (!mayBeBlocked(told)) throw told
    return { blocked: told }
  }
}

/** Passes what only lets HTTP through. */
export const overWebSocket: Transport = async (server, signal) => {
  const limit = deadline(server.limits.linkConnectMs, signal)
  // Loaded here, as most processes never need it and start faster without.
  const { openWebSocket, webSocketChannel } = await import('./web-socket.ts')
  try {
    return { channel: webSocketChannel(await openWebSocket(server, limit)) }
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw limit.passed && !(error instanceof AppError) ? notTowline(server, SILENT) : connectError(server.url, error)
  }
}

/** For http:// URLs, which lead to this machine only. */
export const overPlain: Transport = async (server, signal) => {
  const { host, port } = server.address
  const opening = connectBytes({ host, port, timeoutMs: server.limits.linkConnectMs })
  try {
    return { channel: bulk(await (signal ? orAbort(opening, signal) : opening)) }
  } catch (error) {
    opening.then((late) => late.reset()).catch(() => {})
    if (signal?.aborted) throw signal.reason
    const late = error instanceof AppError && error.code === 'UPSTREAM_TIMEOUT'
    throw unreachable(server, late ? 'it did not answer in time' : 'nothing listens there')
  }
}

/** TLS within TLS stays on streams: the handle below a handle is not ours to drive. */
const channelOf = ({ proxy }: Server, socket: TLSSocket): Channel =>
  proxy?.protocol === 'https:' ? fromDuplex(socket) : bulk(byteSocket(socket))

const bulk = (socket: Channel & { bulk(): void }): Channel => {
  socket.bulk()
  return socket
}

const notTowline = ({ url }: Server, problem: string): AppError => new AppError('NOT_TOWLINE', { url, problem })

const unreachable = ({ url }: Server, problem: string): AppError => new AppError('SERVER_UNREACHABLE', { url, problem })
