/** Owns the sample service that the demo publishes: a page, an event stream, a WebSocket echo, bytes down and bytes up. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { page } from './sample-page.ts'

/** A running sample. */
export interface SampleService {
  readonly port: number
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const TICKS = 5
const CHUNK = 64 * 1024
const MOST_BYTES = 1024 ** 3

type Route = (request: IncomingMessage, response: ServerResponse) => void

/** Starts on a port of the system's choosing, on this machine only. */
export const openSampleService = async (): Promise<SampleService> => {
  const known = routes()
  const server = createServer((request, response) => serve(known, request, response))
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (peer) =>
      peer.on('message', (data, binary) => peer.send(data, { binary })),
    ),
  )
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, HOST, done))
  return { port: (server.address() as AddressInfo).port, close: () => closeAll(server, sockets) }
}

const serve = (known: Readonly<Record<string, Route>>, request: IncomingMessage, response: ServerResponse): void => {
  const path = new URL(request.url ?? '/', 'http://sample').pathname
  const route = known[`${request.method} ${path}`]
  if (route) return route(request, response)
  response.writeHead(404, { 'content-type': 'text/plain' }).end('The sample service has no such page.\n')
}

const sendPage: Route = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(new Date()))
}

/** Five events, two in a second; with `?paced=ID` each waits until `POST /next?paced=ID` has asked for it. */
const sendEvents =
  (paced: Map<string, () => void>): Route =>
  (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.flushHeaders()
    let tick = 0
    const next = (): void => {
      response.write(`id: ${++tick}\ndata: ${JSON.stringify({ tick })}\n\n`)
      if (tick === TICKS) response.end()
    }
    const id = query(request, 'paced')
    const timer = id === null ? setInterval(next, 500) : undefined
    if (id !== null) paced.set(id, next)
    response.on('close', () => {
      clearInterval(timer)
      if (id !== null) paced.delete(id)
    })
  }

const sendNext =
  (paced: Map<string, () => void>): Route =>
  (request, response) => {
    const next = paced.get(query(request, 'paced') ?? '')
    next?.()
    response.writeHead(next ? 200 : 404).end()
  }

const query = (request: IncomingMessage, key: string): string | null =>
  new URL(request.url ?? '/', 'http://sample').searchParams.get(key)

/** `?bytes=N` random bytes; the checksum follows as a trailer, because it is known only at the end. */
const sendBytes: Route = (request, response) => {
  const asked = Number(query(request, 'bytes') ?? CHUNK)
  let left = Number.isSafeInteger(asked) && asked >= 0 ? Math.min(asked, MOST_BYTES) : CHUNK
  const hash = createHash('sha256')
  response.writeHead(200, { 'content-type': 'application/octet-stream', trailer: 'x-sha256' })
  const more = (): void => {
    while (left > 0) {
      const bytes = randomBytes(Math.min(CHUNK, left))
      left -= bytes.length
      hash.update(bytes)
      if (!response.write(bytes)) return void response.once('drain', more)
    }
    response.addTrailers({ 'x-sha256': hash.digest('hex') })
    response.end()
  }
  more()
}

/** Answers length and checksum of what was sent. */
const takeBytes: Route = (request, response) => {
  const hash = createHash('sha256')
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    hash.update(chunk)
  })
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ bytes, sha256: hash.digest('hex') }))
  })
}

const routes = (paced: Map<string, () => void> = new Map()): Readonly<Record<string, Route>> => ({
  'GET /': sendPage,
  'GET /events': sendEvents(paced),
  'POST /next': sendNext(paced),
  'GET /bytes': sendBytes,
  'POST /bytes': takeBytes,
})

const closeAll = async (server: Server, sockets: WebSocketServer): Promise<void> => {
  for (const peer of sockets.clients) peer.terminate()
  sockets.close()
  server.closeAllConnections()
  await new Promise<void>((done) => server.close(() => done()))
}
