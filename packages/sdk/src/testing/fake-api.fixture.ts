/** Owns a server that answers as the engine API does, for tests of its client. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { AppError } from '@towline/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import { CA, HERE } from './certificates.fixture.ts'
import { open, type Opened } from './strangers.fixture.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
  readonly lastEventId?: string
}

type Reply = (response: ServerResponse, asked: Asked) => void

export interface FakeApi extends Opened {
  readonly url: string
  readonly trusted: {
    readonly url: string
    readonly ca: string
    readonly token: string
    readonly env: Record<string, string>
  }
  readonly asked: Asked[]
  /** TCP connections so far. */
  readonly connections: number
  reply: Reply
  onSocket: (webSocket: WebSocket, asked: Asked) => void
}

/** An answer in JSON. */
export const json =
  (body: unknown, status = 200): Reply =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

export const refusal = (error: AppError): Reply => json({ error }, error.row.http)

/** Knows one token, `tow_test`. */
export const fakeApi = async (): Promise<FakeApi> => {
  const asked: Asked[] = []
  let connections = 0
  const server = createServer(HERE)
  server.on('connection', () => connections++)
  server.on('request', (request, response) => {
    readAsked(request).then(
      (one) => {
        asked.push(one)
        if (request.headers.authorization === 'Bearer tow_test') api.reply(response, one)
        else refusal(new AppError('UNAUTHENTICATED'))(response, one)
      },
      () => response.destroy(),
    )
  })
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    readAsked(request).then(
      (one) => {
        asked.push(one)
        sockets.handleUpgrade(request, socket, head, (webSocket) => api.onSocket(webSocket, one))
      },
      () => socket.destroy(),
    )
  })
  const opened = await open(server)
  const url = `https://127.0.0.1:${opened.port}`
  const api: FakeApi = {
    ...opened,
    ...{ url, asked, reply: json({}), onSocket() {} },
    trusted: { url, ca: CA, token: 'tow_test', env: {} },
    get connections() {
      return connections
    },
  }
  return api
}

const readAsked = async (request: IncomingMessage): Promise<Asked> => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://api')
  let text = ''
  if (!request.headers.upgrade) for await (const part of request) text += String(part)
  const lastEventId = request.headers['last-event-id'] as string | undefined
  return {
    ...{ method: request.method ?? '', path: pathname, query: Object.fromEntries(searchParams) },
    body: text === '' ? undefined : JSON.parse(text),
    ...(lastEventId !== undefined && { lastEventId }),
  }
}
