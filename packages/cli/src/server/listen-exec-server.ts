/** Owns serving an exec-server to WebSockets of this machine: who sends the token, and no page of a browser. */
import type { IncomingMessage } from 'node:http'
import { type ExecServer, webSocketWire } from '@towline/app-server'
import { bearerOf, isLoopback, randomText, Secret } from '@towline/base'
import { parseListen } from '@towline/operations'
import { AppError, LIMITS } from '@towline/protocol'
import { type Door, type Listening, listenWebSockets, type Refusal } from './listen-web-sockets.ts'

export interface ListenExecServer {
  readonly server: ExecServer
  /** `unix:/path`, or `ip:port` of this machine; `ws://` may stand before it. */
  readonly listen: string
  /** What a port asks for; one is made when absent. */
  readonly token?: Secret | undefined
}

export interface ListeningExecServer extends Listening {
  /** Made here, to be shown once; absent for sockets and tokens that were given. */
  readonly token?: Secret
}

const TOKEN_CHARS = 40

/** Rejects with OPTION_INVALID, PORT_IN_USE, PORT_FORBIDDEN. */
export const listenExecServer = async (options: ListenExecServer): Promise<ListeningExecServer> => {
  const { server, listen, token } = options
  const fail = (problem: string): AppError =>
    new AppError('OPTION_INVALID', { option: '--listen', value: listen, problem })
  if (listen.startsWith('unix:')) {
    const path = listen.slice('unix:'.length)
    if (!path.startsWith('/')) throw fail('write unix:/path')
    // Only this user reaches a socket, so nothing more is asked.
    return await listenWebSockets({ path }, doorOf(server, undefined))
  }
  const at = parseListen(listen.replace(/^ws:\/\//, ''))
  if (!isLoopback(at.host))
    throw fail('only this machine is served; other machines come through "towline exec-server bridge"')
  const made = token === undefined ? new Secret(randomText(TOKEN_CHARS)) : undefined
  const listening = await listenWebSockets(at, doorOf(server, token ?? made))
  return { ...listening, ...(made && { token: made }) }
}

const doorOf = (server: ExecServer, token: Secret | undefined): Door => ({
  messageBytes: LIMITS.execServerMessageBytes,
  refusal: (request) => refusalOf(request, token),
  serve: (socket) => server.serve(webSocketWire(socket)),
  answer: (request, response) => response.writeHead(request.url === '/readyz' ? 200 : 404).end(),
})

/** A page of a browser always says where it comes from. */
const refusalOf = (request: IncomingMessage, token: Secret | undefined): Refusal | undefined => {
  if (request.headers.origin !== undefined) return { status: '403 Forbidden' }
  if (token === undefined) return undefined
  return token.is(bearerOf(request) ?? inPath(request.url ?? '/')) ? undefined : { status: '401 Unauthorized' }
}

/** CODEX_EXEC_SERVER_URL is all that Codex takes there, so the token may be its path. */
const inPath = (url: string): string => {
  try {
    return decodeURIComponent(url.slice(1))
  } catch {
    return ''
  }
}
