/** Owns opening WebSockets to a server: the fallback of links, and their channel of binary messages. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { fromDuplex } from '@towline/base'
import { AppError, type Channel, LINK_PATH, LINK_SUBPROTOCOL } from '@towline/protocol'
import { createWebSocketStream, WebSocket } from 'ws'
import { readAnswer } from './answer.ts'
import type { Deadline } from './deadline.ts'
import { openHttp } from './open-http.ts'
import { connectError } from './problems.ts'
import type { Server } from './server.ts'

export interface WebSocketOptions {
  readonly path?: string
  readonly protocols?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly maxPayload?: number
}

/** A link unless `options` say otherwise. Rejects with an AppError, or with the signal's reason. */
export const openWebSocket = async (
  server: Server,
  limit: Deadline,
  options: WebSocketOptions = {},
): Promise<WebSocket> => {
  const {
    path = LINK_PATH,
    protocols = [LINK_SUBPROTOCOL],
    headers = {},
    maxPayload = server.limits.linkMessageBytes,
  } = options
  const below = await openHttp(server, limit)
  const webSocket = new WebSocket(`ws${server.url.slice('http'.length)}${path}`, [...protocols], {
    // The connection stands already: ws asks for it once, synchronously.
    createConnection: (() => below) as unknown as typeof import('node:net').createConnection,
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload,
    headers,
  })
  return opened(webSocket, below, { server, signal: limit.signal })
}

/** A WebSocket as a channel: it has no half-close, so an end closes it. Text messages break the protocol. */
export const webSocketChannel = (webSocket: WebSocket): Channel => {
  webSocket.on('message', (_data, binary) => {
    if (!binary) webSocket.close(NOT_BINARY, 'binary messages only')
  })
  return fromDuplex(createWebSocketStream(webSocket))
}

/** Unsupported data (RFC 6455 §7.4.1). */
const NOT_BINARY = 1003

interface Opening {
  readonly server: Server
  readonly signal: AbortSignal
}

const opened = (webSocket: WebSocket, below: Socket, { server, signal }: Opening): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', onAbort)
      webSocket.on('error', () => {})
      webSocket.terminate()
      below.destroy()
      reject(signal.aborted ? signal.reason : toldOf(server, error))
    }
    const onAbort = (): void => fail(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    webSocket.once('error', fail)
    webSocket.once('unexpected-response', (_request, response: IncomingMessage) => {
      refusalOf(server, response).then(fail, fail)
    })
    webSocket.once('open', () => {
      signal.removeEventListener('abort', onAbort)
      webSocket.off('error', fail)
      resolve(webSocket)
    })
  })

/** What ws itself finds wrong with the answer has no code of the system. */
const toldOf = (server: Server, error: unknown): AppError => {
  if (
    error instanceof AppError ||
    (error as NodeJS.ErrnoException).syscall ||
    (error as NodeJS.ErrnoException).code === 'ECONNRESET'
  ) {
    return connectError(server.url, error)
  }
  return new AppError(
    'NOT_TOWLINE',
    { url: server.url, problem: 'it does not answer as a WebSocket server' },
    { cause: error },
  )
}

/** The error in a Towline answer; gateways in between may say that the server is away. */
const refusalOf = async (server: Server, response: IncomingMessage): Promise<AppError> => {
  const status = response.statusCode ?? 0
  const { error } = await readAnswer(server, response)
  if (error) return error
  const problem = `it answers ${status} to a WebSocket`
  return new AppError(status >= 502 && status <= 504 ? 'SERVER_UNREACHABLE' : 'NOT_TOWLINE', {
    url: server.url,
    problem,
  })
}
