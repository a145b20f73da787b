/** Owns serving an exec-server to WebSockets of this machine: who sends the token, and no page of a browser. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ExecServer, webSocketWire } from '@towline/app-server'
import { bearerOf, hostPort, isLoopback, listenError, listenPrivately, randomText, Secret } from '@towline/base'
import { parseListen } from '@towline/operations'
import { AppError, LIMITS } from '@towline/protocol'
import { WebSocketServer } from 'ws'

export interface ListenExecServer {
  readonly server: ExecServer
  /** `unix:/path`, or `ip:port` of this machine; `ws://` may stand before it. */
  readonly listen: string
  /** What a port asks for; one is made when absent. */
  readonly token?: Secret | undefined
}

export interface ListeningExecServer {
  /** `ws://IP:PORT`, or `unix:/path`. */
  readonly url: string
  /** Made here, to be shown once; absent for sockets and tokens that were given. */
  readonly token?: Secret
  close(): Promise<void>
}

const TOKEN_CHARS = 40

/** Rejects with OPTION_INVALID, PORT_IN_USE, PORT_FORBIDDEN. */
export const listenExecServer = async (options: ListenExecServer): Promise<ListeningExecServer> => {
  const { listen, token } = options
  // Only this user reaches a socket, so nothing more is asked.
  if (listen.startsWith('unix:')) return await onSocket(options, listen.slice('unix:'.length))
  const { host, port } = parseListen(listen.replace(/^ws:\/\//, ''))
  if (!isLoopback(host)) {
    const problem = 'only this machine is served; other machines come through "towline exec-server bridge"'
    throw new AppError('OPTION_INVALID', { option: '--listen', value: listen, problem })
  }
  const made = token === undefined ? new Secret(randomText(TOKEN_CHARS)) : undefined
  const http = serverFor(options.server, token ?? made)
  await listening(http, host, port)
  const { port: bound } = http.address() as AddressInfo
  return { url: `ws://${hostPort(host, bound)}`, close: () => closeAll(http), ...(made && { token: made }) }
}

const onSocket = async ({ server, listen }: ListenExecServer, path: string): Promise<ListeningExecServer> => {
  if (!path.startsWith('/'))
    throw new AppError('OPTION_INVALID', { option: '--listen', value: listen, problem: 'write unix:/path' })
  const http = serverFor(server, undefined)
  await listenPrivately(http, path)
  return { url: listen, close: () => closeAll(http) }
}

const serverFor = (server: ExecServer, token: Secret | undefined): Server => {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LIMITS.execServerMessageBytes,
  })
  const http = createServer((request, response) => {
    response.writeHead(request.url === '/readyz' ? 200 : 404).end()
  })
  http.on('upgrade', (request, socket, head) => {
    const status = refusalOf(request, token)
    if (status !== undefined) return refuse(socket, status)
    sockets.handleUpgrade(request, socket, head, (opened) => server.serve(webSocketWire(opened)))
  })
  return http
}

/** A page of a browser always says where it comes from. */
const refusalOf = (request: IncomingMessage, token: Secret | undefined): string | undefined => {
  if (request.headers.origin !== undefined) return '403 Forbidden'
  if (token === undefined) return undefined
  return token.is(bearerOf(request) ?? inPath(request.url ?? '/')) ? undefined : '401 Unauthorized'
}

/** CODEX_EXEC_SERVER_URL is all that Codex takes there, so the token may be its path. */
const inPath = (url: string): string => {
  try {
    return decodeURIComponent(url.slice(1))
  } catch {
    return ''
  }
}

const refuse = (socket: Duplex, status: string): void => {
  socket.on('error', () => undefined)
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

const listening = (http: Server, host: string, port: number): Promise<void> =>
  new Promise((done, fail) => {
    http.once('error', (error) => fail(listenError(error, hostPort(host, port))))
    http.listen(port, host, done)
  })

const closeAll = (http: Server): Promise<void> => {
  http.closeAllConnections()
  return new Promise((done) => void http.close(() => done()))
}
