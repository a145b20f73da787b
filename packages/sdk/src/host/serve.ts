/** Owns serving a tunnel by an HTTP server inside this process: no port is opened. */
import { createServer, type RequestListener, Server } from 'node:http'
import { toDuplex } from '@towline/base'
import type { Serve } from '../session/hosted-tunnel.ts'

/** What answers requests: a server of the application, which stays its own to close, or a handler. */
export type HttpService = Server | RequestListener

/** Each stream of the tunnel is a connection of the server, with the visitor's address. */
export const serveBy = (service: HttpService): Serve => {
  const server = service instanceof Server ? service : createServer(service)
  return (stream, { from }) => {
    const connection = toDuplex(stream, visitorOf(from))
    // A visitor who breaks off is no error of the application.
    connection.on('error', () => {})
    server.emit('connection', connection)
  }
}

/** From `ip:port`, where IPv6 addresses have brackets. */
const visitorOf = (from: string | undefined): { readonly remoteAddress?: string; readonly remotePort?: number } => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(from ?? '') ?? []
  const remoteAddress = bracketed ?? plain
  return remoteAddress === undefined ? {} : { remoteAddress, remotePort: Number(port) }
}
