/** Owns an app-server's face to whom a tunnel lets in: WebSockets on any path, health for who asks, and no page of a browser. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Wire, webSocketWire } from '@towline/app-server'
import { LIMITS } from '@towline/protocol'
import { type WebSocket, WebSocketServer } from 'ws'

/** What is served. */
export interface ServedAppServer {
  /** Serves until the wire closes. */
  serve(wire: Wire): void
  /** Whether it can do its work now. */
  isReady(): Promise<boolean>
  close(): Promise<void>
}

/** Listens nowhere by itself. Who comes has been let in already, by the edge or by the right to dial. */
export const serveSockets = (served: Pick<ServedAppServer, 'serve' | 'isReady'>): Server => {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LIMITS.appUpstreamMessageBytes,
  })
  const http = createServer((request, response) => void answer(request, response, served))
  http.on('upgrade', (request, socket, head) => {
    if (request.headers.origin !== undefined) return refuse(socket)
    sockets.handleUpgrade(request, socket, head, (opened) => {
      keepAlive(opened)
      served.serve(webSocketWire(opened))
    })
  })
  return http
}

/** As stock servers answer. An Origin that the edge's rule allows does not come this far. */
const answer = async (
  { url, headers }: IncomingMessage,
  response: ServerResponse,
  { isReady }: Pick<ServedAppServer, 'isReady'>,
): Promise<void> => {
  if (headers.origin !== undefined) return void response.writeHead(403).end()
  const path = url?.split('?')[0]
  if (path === '/healthz') return void response.writeHead(200).end()
  if (path === '/readyz') return void response.writeHead((await isReady()) ? 200 : 503).end()
  response.writeHead(400).end("Connection header did not include 'upgrade'")
}

const refuse = (socket: Duplex): void => {
  socket.on('error', () => undefined)
  socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
}

/** Whoever closed a lid does not say so. */
const keepAlive = (socket: WebSocket): void => {
  let isAlive = true
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
  }, LIMITS.appServerPingMs)
  for (const name of ['pong', 'message'] as const) {
    socket.on(name, () => {
      isAlive = true
    })
  }
  socket.once('close', () => clearInterval(timer))
}
