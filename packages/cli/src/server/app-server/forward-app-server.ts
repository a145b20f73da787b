/** Owns letting clients of this machine use an app-server elsewhere: each gets a connection of its own there. */
import { bearerOf, createLog, isLoopback, type Secret } from '@towline/base'
import { joinWires, webSocketWire } from '@towline/app-server'
import { parseListen } from '@towline/operations'
import { AppError, LIMITS, shown } from '@towline/protocol'
import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { type Io, line } from '../../io.ts'
import type { AppServerLink } from '../../run/app-server-link.ts'
import { clientToken } from '../../run/client-token.ts'
import { aborted } from '../../run/waiting.ts'
import { type Door, type ListenAt, listenWebSockets, type Refusal } from '../listen-web-sockets.ts'

export interface ForwardAppServer {
  readonly link: () => Promise<AppServerLink>
  /** `ws://127.0.0.1:PORT`, or `unix:///PATH`. */
  readonly listen: string
  readonly tokenFile?: string | undefined
}

/** Serves until it is told to end. The first client waits for nothing: the machine is reached once before. */
export const forwardAppServer = async (io: Io, { link, listen, tokenFile }: ForwardAppServer): Promise<void> => {
  const at = addressOf(listen)
  const token = tokenFile === undefined ? undefined : await clientToken(tokenFile)
  const way = await link()
  // What is wrong with the machine is said now, and at the terminal.
  ;(await way.connect(io.signal)).close()
  const sockets = new Set<WebSocket>()
  const listening = await listenWebSockets(at, doorOf(io, { way, token, sockets }))
  line(io, listening.url.replace(/^unix:(?!\/\/)/, 'unix://'))
  await aborted(io.signal)
  for (const socket of sockets) socket.terminate()
  await listening.close()
}

const addressOf = (listen: string): ListenAt | { readonly path: string } => {
  const invalid = (problem: string): AppError =>
    new AppError('OPTION_INVALID', { option: '--forward', value: shown(listen), problem })
  if (listen.startsWith('unix:///')) return { path: listen.slice('unix://'.length) }
  if (!listen.startsWith('ws://')) throw invalid('write ws://127.0.0.1:PORT or unix:///PATH')
  const at = parseListen(listen.slice('ws://'.length))
  if (isLoopback(at.host)) return at
  throw invalid('only clients of this machine are served; "towline app-server --tunnel" serves others')
}

interface Forwarding {
  readonly way: AppServerLink
  readonly token: Secret | undefined
  readonly sockets: Set<WebSocket>
}

const doorOf = (io: Io, { way, token, sockets }: Forwarding): Door => ({
  messageBytes: LIMITS.appUpstreamMessageBytes,
  refusal: (request) => refusal(request, token) ?? (sockets.size >= LIMITS.sshForwards ? FULL : undefined),
  serve: (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    void join(io, socket, way)
  },
  answer: (request, response) => void response.writeHead(request.url === '/readyz' ? 200 : 404).end(),
})

const FULL: Refusal = { status: '503 Service Unavailable' }

/** A page of a browser always says where it comes from. */
const refusal = (request: IncomingMessage, token: Secret | undefined): Refusal | undefined => {
  if (request.headers.origin !== undefined) return { status: '403 Forbidden' }
  if (token === undefined || token.is(bearerOf(request) ?? '')) return undefined
  return { status: '401 Unauthorized', body: 'invalid websocket bearer token' }
}

/** RFC 6455 §7.4.1: what was to be done cannot be done. */
const BROKEN = 1011
/** Of a reason: RFC 6455 §5.5. */
const REASON_CHARS = 100

const join = async (io: Io, socket: WebSocket, way: AppServerLink): Promise<void> => {
  socket.pause()
  const left = new AbortController()
  socket.on('error', () => undefined)
  socket.once('close', () => left.abort())
  const log = createLog({ level: 'warn', stream: io.stderr })
  try {
    const far = await way.connect(AbortSignal.any([io.signal, left.signal]))
    await joinWires(webSocketWire(socket), far)
  } catch (error) {
    if (left.signal.aborted) return
    const words = error instanceof AppError ? error.message : 'Something broke.'
    log.warn({ err: error }, 'a client was not connected')
    socket.resume()
    socket.close(BROKEN, words.slice(0, REASON_CHARS))
  }
}
