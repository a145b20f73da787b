/** Owns the watch endpoint of server-sent events, and telling of its WebSocket twin. */
import { AppError } from '@towline/protocol'
import type { Api, ApiDeps } from './app.ts'
import { guardDocument, operation, refusals } from './operation.ts'
import { eventSchema, watchQuery } from './schemas.ts'
import { WATCH_SOCKET_PATH } from './watch-path.ts'
import { sseBody } from './watch-sse.ts'

const GUARD = { permission: 'tunnels.list', queryToken: true } as const

/** GET /api/engine/watch. */
export const addWatch = (api: Api, deps: ApiDeps): void => {
  const watch = operation(
    { auth: deps, ...GUARD },
    {
      method: 'get',
      path: '/api/engine/watch',
      operationId: 'watch',
      tags: ['Inventory'],
      summary: 'state.initial, or what came after Last-Event-ID, then every event as it happens.',
      description:
        'Server-sent events. A client that comes back sends Last-Event-ID and misses nothing that is still kept.',
      request: { query: watchQuery },
      responses: {
        200: { description: 'A JSON Event a message.', content: { 'text/event-stream': { schema: eventSchema } } },
      },
    },
  )
  api.openapi(watch, (context) => {
    const { lastEventId, tunnelFilter, clientFilter } = context.req.valid('query')
    const { principal } = context.var
    const known = context.req.header('last-event-id') ?? lastEventId
    const open = deps.watchers.admit({ principal, tunnelFilter, clientFilter, lastEventId: known })
    // hono answers HEAD by the same handler, and nobody would read or cancel the stream.
    if (context.req.raw.method === 'HEAD') return new Response(null, { headers: HEADERS })
    const abandon = (): void => (context.env as NodeEnv | undefined)?.outgoing?.destroy()
    return new Response(sseBody({ backlogBytes: deps.limits.watchBacklogBytes, open, abandon }), { headers: HEADERS })
  })
  tellOfSocket(api)
}

/** What @hono/node-server puts into the environment. */
interface NodeEnv {
  readonly outgoing?: { destroy(): void }
}

/** x-accel-buffering asks proxies such as nginx not to collect the stream. */
const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }

/** Upgrades never reach the app; plain requests are told so. */
const tellOfSocket = (api: Api): void => {
  api.openAPIRegistry.registerPath({
    method: 'get',
    path: WATCH_SOCKET_PATH,
    operationId: 'watchSocket',
    tags: ['Inventory'],
    summary: 'The same events over WebSocket, one a text message.',
    description: 'For clients that cannot read server-sent events. It takes upgrades only.',
    request: { query: watchQuery },
    ...guardDocument(GUARD),
    responses: {
      101: { description: 'JSON Events follow.', content: { 'application/json': { schema: eventSchema } } },
      ...refusals,
    },
  })
  api.get(WATCH_SOCKET_PATH, () => {
    throw new AppError('REQUEST_INVALID', { problem: 'this path takes WebSocket upgrades only' })
  })
}
