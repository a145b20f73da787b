/** Owns listening for WebSockets, on a port or on a socket that only this user reaches; who comes in is for the door to say. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { hostPort, listenError, listenPrivately } from '@towline/base'
import { type WebSocket, WebSocketServer } from 'ws'

export interface Refusal {
  /** `401 Unauthorized` */
  readonly status: string
  /** Text. */
  readonly body?: string | undefined
}

export interface Door {
  /** A connection with a longer message is closed. */
  readonly messageBytes: number
  /** Undefined for who comes in. */
  refusal(request: IncomingMessage): Refusal | undefined
  /** `below`: the connection that carries it. */
  serve(socket: WebSocket, below: Duplex): void
  /** Of requests that are none for a WebSocket. */
  answer(request: IncomingMessage, response: ServerResponse): void
}

export interface ListenAt {
  readonly host: string
  readonly port: number
}

export interface Listening {
  /** `ws://IP:PORT`, or `unix:/path`. */
  readonly url: string
  /** Leaves everyone. */
  close(): Promise<void>
}

/** Rejects with PORT_IN_USE, PORT_FORBIDDEN. */
export const listenWebSockets = async (at: ListenAt | { readonly path: string }, door: Door): Promise<Listening> => {
  const { http, close } = webSocketServer(door)
  if ('path' in at) {
    await listenPrivately(http, at.path)
    return { url: `unix:${at.path}`, close }
  }
  await listening(http, at)
  const { port } = http.address() as AddressInfo
  return { url: `ws://${hostPort(at.host, port)}`, close }
}

export interface SocketServer {
  readonly http: Server
  /** Leaves everyone, and listens no more. */
  close(): Promise<void>
}

/** Listens nowhere by itself. */
export const webSocketServer = (door: Door): SocketServer => {
  const sockets = new WebSocketServer({
    ...{ noServer: true, perMessageDeflate: false, maxPayload: door.messageBytes },
    // Of a read with a thousand messages one is heard in a turn of the event loop, so that nobody waits for the rest.
    allowSynchronousEvents: false,
  })
  const http = createServer((request, response) => door.answer(request, response))
  http.on('upgrade', (request, socket, head) => {
    const refusal = door.refusal(request)
    if (refusal) return refuse(socket, refusal)
    sockets.handleUpgrade(request, socket, head, (opened) => door.serve(opened, socket))
  })
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((done) => void http.close(() => done()))
    http.closeAllConnections()
    await Promise.all([...sockets.clients].map(leave))
    await closed
  }
  return { http, close }
}

/** RFC 6455 §7.4.1: the server goes away. */
const GOING_AWAY = 1001
/** For whoever does not say goodbye in return. */
const GOODBYE_MS = 500

const leave = (socket: WebSocket): Promise<void> =>
  new Promise((done) => {
    const timer = setTimeout(() => socket.terminate(), GOODBYE_MS)
    socket.once('close', () => {
      clearTimeout(timer)
      done()
    })
    socket.close(GOING_AWAY)
  })

const refuse = (socket: Duplex, { status, body = '' }: Refusal): void => {
  const head = [
    `HTTP/1.1 ${status}`,
    'connection: close',
    ...(body === '' ? [] : ['content-type: text/plain; charset=utf-8']),
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.on('error', () => undefined)
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const listening = (http: Server, { host, port }: ListenAt): Promise<void> =>
  new Promise((done, fail) => {
    http.once('error', (error) => fail(listenError(error, hostPort(host, port))))
    http.listen(port, host, done)
  })
