/** Owns the HTTP side of a webtty server: page, files, and WebSockets that become carriers. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type DuplexAddress, toDuplex } from '@towline/base'
import { AppError, type Channel, FS_PATH, LIMITS, WEBTTY_PROTOCOL } from '@towline/protocol'
import { WebSocketServer } from 'ws'
import type { Carrier } from '../carrier/carrier.ts'
import { webSocketCarrier } from '../carrier/web-socket-carrier.ts'
import { problemAnswer, problemBody } from './problem-answer.ts'
import type { WebttyServerOptions } from './webtty-server.ts'

export interface HttpFrontOptions
  extends Pick<WebttyServerOptions, 'facts' | 'files' | 'page' | 'authorize' | 'hosts' | 'origins'> {
  /** Takes over a WebSocket, and where it comes from. */
  readonly accept: (carrier: Carrier, address: string | undefined) => void
}

export interface HttpFront {
  serve(channel: Channel, from: { readonly head: Uint8Array; readonly from?: string | undefined }): void
  close(): Promise<void>
}

/** Each stream is a connection of one HTTP server that listens nowhere. */
export const createHttpFront = (options: HttpFrontOptions): HttpFront => {
  const upgrades = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LIMITS.webttyMessageBytes,
    handleProtocols: () => WEBTTY_PROTOCOL,
  })
  const server = createServer({ headersTimeout: LIMITS.headMs, requestTimeout: 0, keepAliveTimeout: LIMITS.idleMs })
  const open = new Set<Duplex>()
  server.on('request', (request, response) => answer(options, request, response))
  server.on('upgrade', (request, socket: Duplex, head) => {
    const problem = refusal(options, request)
    if (problem) return refuse(socket, problem)
    upgrades.handleUpgrade(request, socket, head, (webSocket) =>
      options.accept(webSocketCarrier(webSocket), request.socket.remoteAddress),
    )
  })
  return {
    serve: (channel, { head, from }) => {
      const connection = toDuplex(channel, addressOf(from))
      // A visitor who breaks off is no error of ours.
      connection.on('error', () => {})
      open.add(connection)
      connection.on('close', () => open.delete(connection))
      connection.unshift(Buffer.from(head))
      server.emit('connection', connection)
    },
    close: async () => {
      for (const connection of open) connection.destroy()
      server.closeAllConnections()
      await Promise.resolve()
    },
  }
}

const answer = (options: HttpFrontOptions, request: IncomingMessage, response: ServerResponse): void => {
  const stranger = strangerIn(options, request)
  if (stranger) return problemAnswer(response, stranger)
  const path = pathOf(request)
  const handler = handlerOf(options, path)
  if (handler) return handler(request, response)
  problemAnswer(response, new AppError('PAGE_UNKNOWN', { path }))
}

const handlerOf = ({ facts, files, page }: HttpFrontOptions, path: string): RequestListener | undefined => {
  if (files && isBelow(path, facts.fsPath ?? FS_PATH)) return files
  return isBelow(path, facts.execPath) ? page : undefined
}

const isBelow = (path: string, base: string): boolean => {
  const folder = base.endsWith('/') ? base : `${base}/`
  return path === base || path.startsWith(folder)
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?')[0] as string

/** Why a WebSocket is not opened. */
const refusal = (options: HttpFrontOptions, request: IncomingMessage): AppError | undefined => {
  const stranger = strangerIn(options, request)
  if (stranger) return stranger
  if (!isOurs(request, options.origins ?? [])) return new AppError('ORIGIN_REFUSED')
  if (pathOf(request) !== options.facts.execPath) return new AppError('PAGE_UNKNOWN', { path: pathOf(request) })
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  if (offered.includes(WEBTTY_PROTOCOL)) return undefined
  return new AppError('REQUEST_INVALID', { problem: `the WebSocket subprotocol ${WEBTTY_PROTOCOL} is missing` })
}

/** Whom a request must not come from, whatever it asks for. */
const strangerIn = ({ hosts, authorize }: HttpFrontOptions, request: IncomingMessage): AppError | undefined => {
  if (hosts && !hosts.test(request.headers.host ?? '')) return new AppError('HOST_REFUSED')
  return authorize && !authorize(request) ? new AppError('UNAUTHENTICATED') : undefined
}

/** Programs send no Origin; a browser always does, and its page must be of this host or allowed. */
const isOurs = ({ headers }: IncomingMessage, allowed: readonly string[]): boolean => {
  const { origin, host } = headers
  if (origin === undefined || allowed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

const refuse = (socket: Duplex, error: AppError): void => {
  const text = problemBody(error)
  socket.end(
    `HTTP/1.1 ${error.row.http} Refused\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}

/** From `ip:port`, where IPv6 addresses have brackets. */
export const addressOf = (from: string | undefined): DuplexAddress => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(from ?? '') ?? []
  const remoteAddress = bracketed ?? plain
  return remoteAddress === undefined ? {} : { remoteAddress, remotePort: Number(port) }
}
