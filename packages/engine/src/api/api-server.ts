/** Owns serving the API over connections that the listeners hand over: Node's HTTP server, without a port of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { AppError, type Limits } from '@towline/protocol'
import type { Api } from './app.ts'

export interface ApiServerDeps {
  readonly api: Api
  readonly site?: SiteHandler | undefined
  readonly limits: Limits
  readonly isApiHost: (host: string) => boolean
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/** Answers requests that are not the engine's. */
export type SiteHandler = (request: Request) => Promise<Response> | Response

/** Serves whole connections of API hosts. */
export interface ApiServer {
  /** The connection's first bytes wait in it. */
  accept(socket: Duplex): void
  /** One request that came another way, such as over HTTP/2. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  close(): void
}

/** Each request names its host anew, so each is checked: a page elsewhere must not reach the API through a name of its own. */
export const createApiServer = ({ api, site, limits, isApiHost, handleUpgrade }: ApiServerDeps): ApiServer => {
  const answer: typeof api.fetch = (request, env) =>
    site && !isEngine(new URL(request.url).pathname) ? site(request) : api.fetch(request, env)
  const listener = getRequestListener(answer, { overrideGlobalObjects: false })
  const ours = (request: IncomingMessage): boolean => isApiHost(hostName(request.headers.host ?? ''))
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    if (ours(request)) void listener(request, response)
    else refuseHost(response)
  }
  const server = createServer(
    { headersTimeout: limits.headMs, keepAliveTimeout: limits.idleMs, maxHeaderSize: limits.headBytes },
    handle,
  )
  server.on('upgrade', (request, socket, head) => {
    if (ours(request)) handleUpgrade(request, socket, head)
    else socket.end('HTTP/1.1 421 Misdirected Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  return {
    accept(socket) {
      server.emit('connection', socket)
      socket.resume()
    },
    handle,
    close: () => server.closeAllConnections(),
  }
}

/** Paths that the engine answers itself, whoever else serves the host. */
const isEngine = (path: string): boolean => /^\/api\/(engine(\/|$)|health$)/.test(path)

/** The host without its port, lower-case. */
export const hostName = (host: string): string => {
  const bare = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : (host.split(':')[0] ?? '')
  return bare.toLowerCase()
}

const refuseHost = (response: ServerResponse): void => {
  const error = new AppError('HOST_REFUSED')
  response.writeHead(error.row.http, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify({ error }))
}
