/** Owns who comes in to an app-server: with its token, and no page of a browser that is not named; and its health, for anyone. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type BearerRule, refusalOf, webSocketWire } from '@towline/app-server'
import { LIMITS } from '@towline/protocol'
import type { WebSocket } from 'ws'
import type { Door, Refusal } from '../listen-web-sockets.ts'
import type { ServedAppServer } from './served.ts'

export interface AppServerDoor {
  readonly served: ServedAppServer
  /** What a token must be; undefined where none is asked. */
  readonly rule: BearerRule | undefined
  /** Pages that may connect, such as `https://app.example.org`. */
  readonly origins: readonly string[]
}

export const appServerDoor = (options: AppServerDoor): Door => {
  const { served } = options
  const inside = new Set<WebSocket>()
  return {
    messageBytes: LIMITS.appUpstreamMessageBytes,
    refusal: (request) =>
      refusal(request, options) ??
      (inside.size >= LIMITS.appServerConnections ? { status: '503 Service Unavailable' } : undefined),
    serve: (socket, below) => {
      inside.add(socket)
      socket.once('close', () => inside.delete(socket))
      keepAlive(socket)
      served.serve(webSocketWire(socket, { binaryIgnored: true, below }))
    },
    answer: (request, response) => void answer(request, response, options),
  }
}

const refusal = ({ headers }: IncomingMessage, { rule, origins }: AppServerDoor): Refusal | undefined => {
  if (!isAllowed(headers.origin, origins)) return { status: '403 Forbidden' }
  const body = rule && refusalOf(headers.authorization, rule)
  return body === undefined ? undefined : { status: '401 Unauthorized', body }
}

/** A page of a browser always says where it comes from. */
const isAllowed = (origin: string | undefined, origins: readonly string[]): boolean =>
  origin === undefined || origins.includes(origin)

/** What needs no token tells no secret. */
const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  { served, origins }: AppServerDoor,
): Promise<void> => {
  if (!isAllowed(request.headers.origin, origins)) return void response.writeHead(403).end()
  const [path = ''] = (request.url ?? '').split('?', 1)
  if (path === '/readyz') return await ready(response, served)
  if (path === '/healthz') return await alive(response, served)
  response.writeHead(400).end("Connection header did not include 'upgrade'")
}

const ready = async (response: ServerResponse, served: ServedAppServer): Promise<void> => {
  const health = (await served.health?.()) ?? { ready: await served.isReady() }
  tell(response, health.ready, health)
}

/** One that drains is alive. */
const alive = async (response: ServerResponse, served: ServedAppServer): Promise<void> => {
  const health = await served.health?.()
  tell(
    response,
    Object.values(health?.checks ?? {}).every(({ ok }) => ok),
    health ?? {},
  )
}

const tell = (response: ServerResponse, isGood: boolean, health: object): void => {
  response.writeHead(isGood ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(health)}\n`)
}

/** Whoever closed a lid does not say so. One that is not read at the moment cannot be heard. */
const keepAlive = (socket: WebSocket): void => {
  let isAlive = true
  const timer = setInterval(() => {
    if (socket.isPaused) return
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
