/** Owns the WebSocket fallback of links: the upgrade, and the channel over binary messages that carry the same bytes. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { addressOf, fromDuplex } from '@towline/base'
import { AppError, type Channel, LINK_SUBPROTOCOL, type Limits } from '@towline/protocol'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import type { LinkInfo } from './link-deps.ts'

/** What the HTTP server hands over with an upgrade. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

type Accept = (channel: Channel, info: LinkInfo) => void

/** Answers a function that turns upgrades into links. It throws REQUEST_INVALID for a client of another protocol. */
export const createLinkUpgrade = (limits: Limits, accept: Accept): ((upgrade: Upgrade) => void) => {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.linkMessageBytes,
    handleProtocols: () => LINK_SUBPROTOCOL,
  })
  return ({ request, socket, head }) => {
    if (!offered(request).includes(LINK_SUBPROTOCOL)) {
      throw new AppError('REQUEST_INVALID', { problem: `the WebSocket subprotocol ${LINK_SUBPROTOCOL} is missing` })
    }
    server.handleUpgrade(request, socket, head, (webSocket) => accept(webSocketChannel(webSocket), infoOf(request)))
  }
}

/** A WebSocket as a channel: it has no half-close, so an end closes it. Text messages break the protocol. */
export const webSocketChannel = (webSocket: WebSocket): Channel => {
  webSocket.on('message', (_data, binary) => {
    if (!binary) webSocket.close(NOT_BINARY, 'binary messages only')
  })
  // What breaks a WebSocket is told by its end.
  webSocket.on('error', () => {})
  return fromDuplex(createWebSocketStream(webSocket))
}

/** Unsupported data (RFC 6455 §7.4.1). */
const NOT_BINARY = 1003

const offered = ({ headers }: IncomingMessage): readonly string[] =>
  (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim())

const infoOf = ({ socket }: IncomingMessage): LinkInfo => ({
  address: addressOf(socket.remoteAddress),
  port: socket.remotePort ?? 0,
  transport: 'websocket',
})
