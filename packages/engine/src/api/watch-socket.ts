/** Owns a watch over WebSocket: the same JSON events, one a text message. */
import { clientAddress } from '@towline/base'
import { AppError } from '@towline/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Upgrade } from '../link/web-socket.ts'
import { authenticate, type AuthDeps, PROJECT_FIELD } from './auth.ts'
import { invalid } from './errors.ts'
import { eventJson } from './event-json.ts'
import { watchQuery } from './schemas.ts'
import type { Watchers, WatchOut } from './watchers.ts'

export interface WatchSocketDeps extends AuthDeps {
  readonly watchers: Watchers
}

/** A watcher says nothing but close and pong. */
const MAX_PAYLOAD = 1024

/** Answers a function that turns upgrades into watches. It rejects with what is refused before the upgrade. */
export const createWatchUpgrade = (deps: WatchSocketDeps): ((upgrade: Upgrade) => Promise<void>) => {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD,
  })
  return async ({ request, socket, head }) => {
    const query = new URL(request.url ?? '/', 'http://engine').searchParams
    const authorization = request.headersDistinct['authorization'] ?? []
    const project = request.headersDistinct[PROJECT_FIELD]?.[0]
    const claim = {
      address: clientAddress(request),
      authorization,
      query,
      project,
      permission: 'tunnels.list',
      queryToken: true,
    } as const
    const principal = await authenticate(claim, deps)
    const start = deps.watchers.admit({ ...readQuery(query), principal })
    if (socket.destroyed) return
    server.handleUpgrade(request, socket, head, (webSocket) => watch(webSocket, start, deps))
  }
}

const readQuery = (query: URLSearchParams) => {
  for (const key of query.keys()) {
    if (query.getAll(key).length > 1) throw new AppError('REQUEST_INVALID', { problem: `${key} came more than once` })
  }
  const read = watchQuery.safeParse(Object.fromEntries(query))
  if (!read.success) throw invalid(read.error.issues)
  return read.data
}

const watch = (webSocket: WebSocket, start: (out: WatchOut) => () => void, { limits }: WatchSocketDeps): void => {
  /** Bytes of the first state, or of what was missed, which a slow reader may leave waiting besides the backlog. */
  let atStart = 0
  let catchingUp = true
  const put = (message: string): void => {
    if (webSocket.readyState !== webSocket.OPEN) return
    if (catchingUp) atStart += Buffer.byteLength(message)
    webSocket.send(message)
    if (webSocket.bufferedAmount > limits.watchBacklogBytes + atStart) webSocket.terminate()
  }
  const stop = start({
    send: (event) => put(eventJson(event)),
    ping: () => webSocket.ping(),
    end: () => webSocket.close(GOING_AWAY),
  })
  catchingUp = false
  webSocket.on('close', stop)
  webSocket.on('error', () => webSocket.terminate())
}

/** RFC 6455 §7.4.1. */
const GOING_AWAY = 1001
