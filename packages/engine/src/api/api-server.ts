/** Owns serving the API over connections that the listeners hand over: Node's HTTP server, without a port of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import type { Api } from './app.ts'
import { toAppError } from './errors.ts'
import { loadOnce } from './load-once.ts'
import { pathOf } from './run-upgrade.ts'

export interface ApiServerDeps {
  /** The app is made for the first call: an engine that only carries bytes does without its libraries. */
  readonly api: () => Promise<Api>
  readonly site?: SiteHandler | undefined
  readonly limits: Limits
  readonly log: Pick<Log, 'error'>
  readonly isApiHost: (host: string) => boolean
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/** Answers requests that are not the engine's. */
export type SiteHandler = (request: IncomingMessage, response: ServerResponse) => void

/** Serves whole connections of API hosts. */
export interface ApiServer {
  /** The connection's first bytes wait in it. */
  accept(socket: Duplex): void
  /** One request that came another way, such as over HTTP/2. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  close(): void
}

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown

/** Whether the engine answers; nothing more stands behind it. */
const HEALTH_PATH = '/api/health'

const load = async (api: ApiServerDeps['api']): Promise<Listener> => {
  const [{ getRequestListener }, { fetch }] = await Promise.all([import('@hono/node-server'), api()])
  return getRequestListener(fetch, { overrideGlobalObjects: false })
}

/** Each request names its host anew, so each is checked: a page elsewhere must not reach the API through a name of its own. */
export const createApiServer = ({ api, site, limits, log, isApiHost, handleUpgrade }: ApiServerDeps): ApiServer => {
  const listener = loadOnce(() => load(api))
  const ours = (request: IncomingMessage): boolean => isApiHost(hostName(request.headers.host ?? ''))
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    if (!ours(request)) return refuseHost(response)
    if (pathOf(request) === HEALTH_PATH) return answer(response, 200, { status: 'ok' })
    if (site && !isEngine(request)) return site(request, response)
    listener()
      .then((listen) => listen(request, response))
      .catch((error: unknown) => fail(response, toAppError(error, log)))
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
const isEngine = ({ url }: IncomingMessage): boolean => /^\/api\/engine([/?]|$)/.test(url ?? '/')

/** The host without its port, lower-case. */
export const hostName = (host: string): string => {
  const bare = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : (host.split(':')[0] ?? '')
  return bare.toLowerCase()
}

const refuseHost = (response: ServerResponse): void => {
  const error = new AppError('HOST_REFUSED')
  response.setHeader('connection', 'close')
  answer(response, error.row.http, { error })
}

const fail = (response: ServerResponse, error: AppError): void => {
  if (response.headersSent) response.destroy()
  else answer(response, error.row.http, { error })
}

const answer = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
