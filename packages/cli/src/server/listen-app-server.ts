/** Owns where an app-server listens, and who comes in: with its token, and no page of a browser that is not named. */
import { mkdir } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname, join, resolve } from 'node:path'
import { isIP } from 'node:net'
import { type AppServer, type BearerRule, refusalOf, webSocketWire } from '@towline/app-server'
import { isLoopback } from '@towline/base'
import { parseListen } from '@towline/operations'
import { AppError, LIMITS } from '@towline/protocol'
import { type Door, type ListenAt, type Listening, listenWebSockets, type Refusal } from './listen-web-sockets.ts'

/** Where it serves. */
export type AppServerAddress = { readonly stdio: true } | { readonly off: true } | { readonly path: string } | ListenAt

/** Where stock clients look for a server of theirs. */
export const controlSocket = (home: string): string => join(home, 'app-server-control', 'app-server-control.sock')

/** Reads `--listen`. Throws OPTION_INVALID. */
export const appServerAddress = (listen: string, home: string): AppServerAddress => {
  if (listen === 'stdio://') return { stdio: true }
  if (listen === 'off') return { off: true }
  if (listen === 'unix://') return { path: controlSocket(home) }
  if (listen.startsWith('unix://')) return { path: resolve(listen.slice('unix://'.length)) }
  if (!listen.startsWith('ws://')) throw invalid(listen, `unsupported --listen URL \`${listen}\`; expected ${EXPECTED}`)
  const text = listen.slice('ws://'.length)
  const host = /^\[?([^\]]*)\]?:\d+$/.exec(text)?.[1] ?? ''
  if (!isIP(host)) throw invalid(listen, `invalid websocket --listen URL \`${listen}\`; expected \`ws://IP:PORT\``)
  return parseListen(text)
}

const EXPECTED = '`stdio://`, `unix://`, `unix://PATH`, `ws://IP:PORT`, or `off`'

const invalid = (value: string, problem: string): AppError =>
  new AppError('OPTION_INVALID', { option: '--listen', value, problem })

export interface ListenAppServer {
  readonly server: AppServer
  readonly at: ListenAt | { readonly path: string }
  readonly rule: BearerRule | undefined
  /** Pages that may connect, such as `https://app.example.org`. */
  readonly origins: readonly string[]
}

/** Rejects with USAGE, PORT_IN_USE, PORT_FORBIDDEN. */
export const listenAppServer = async (options: ListenAppServer): Promise<Listening> => {
  const { at, rule } = options
  if ('path' in at) await mkdir(dirname(at.path), { recursive: true, mode: 0o700 })
  else if (rule === undefined && !isLoopback(at.host)) {
    const problem = `refusing to start non-loopback websocket listener ${at.host}:${at.port} without auth; configure \`--ws-auth capability-token\` or \`--ws-auth signed-bearer-token\``
    throw new AppError('USAGE', { problem })
  }
  return await listenWebSockets(at, doorOf(options))
}

const doorOf = ({ server, rule, origins, at }: ListenAppServer): Door => {
  // Only this user reaches a socket in a file, so nothing more is asked.
  const asked = 'path' in at ? undefined : rule
  return {
    refusal: (request) => refusal(request, { server, rule: asked, origins }),
    serve: (socket) => server.serve(webSocketWire(socket)),
    answer: (request, response) => void answer(request, response, { server, origins }),
  }
}

type Asked = Pick<ListenAppServer, 'server' | 'rule' | 'origins'>

const refusal = (request: IncomingMessage, { server, rule, origins }: Asked): Refusal | undefined => {
  const { origin, authorization } = request.headers
  if (!isAllowed(origin, origins)) return { status: '403 Forbidden' }
  const body = rule && refusalOf(authorization, rule)
  if (body !== undefined) return { status: '401 Unauthorized', body }
  return server.connections >= LIMITS.appServerConnections ? { status: '503 Service Unavailable' } : undefined
}

/** A page of a browser always says where it comes from. */
const isAllowed = (origin: string | undefined, origins: readonly string[]): boolean =>
  origin === undefined || origins.includes(origin)

const HEALTH = ['/readyz', '/healthz']

/** What needs no token tells no secret. */
const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  { server, origins }: Pick<Asked, 'server' | 'origins'>,
): Promise<void> => {
  if (!isAllowed(request.headers.origin, origins)) return void response.writeHead(403).end()
  const [path = ''] = (request.url ?? '').split('?', 1)
  if (!HEALTH.includes(path)) return void response.writeHead(400).end("Connection header did not include 'upgrade'")
  const health = await server.health()
  const isGood = path === '/readyz' ? health.ready : isLive(health.checks)
  response.writeHead(isGood ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(health)}\n`)
}

/** One that drains lives, and is not ready. */
const isLive = (checks: Awaited<ReturnType<AppServer['health']>>['checks']): boolean =>
  Object.values(checks).every(({ ok }) => ok)
