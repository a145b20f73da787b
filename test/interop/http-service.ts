/** Owns a plain HTTP/1.1 service on Node's own server, with the answers that stock clients are judged by. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { content } from './content.ts'

export interface HttpService {
  readonly port: number
  close(): Promise<void>
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void

export const ETAG = '"interop"'

/** By the first segment of the path. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  /** What arrived, as JSON. */
  echo: (request, response) => {
    const { method, url, headers, httpVersion } = request
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ method, url, headers, httpVersion }))
  },
  /** `/bytes/N`: that many bytes of the content, or a range of them. */
  bytes: async (request, response) => {
    const size = Number(request.url?.split('/')[2])
    response.setHeader('etag', ETAG)
    response.setHeader('accept-ranges', 'bytes')
    if (request.headers['if-none-match'] === ETAG) return void response.writeHead(304).end()
    const range = request.headers.range?.match(/^bytes=(\d+)-(\d+)$/)
    const [from, to] = range ? [Number(range[1]), Number(range[2]) + 1] : [0, size]
    if (range) response.setHeader('content-range', `bytes ${from}-${to - 1}/${size}`)
    response.writeHead(range ? 206 : 200, { 'content-length': to - from })
    if (request.method === 'HEAD') return void response.end()
    await pipeline(Readable.from(content(from, to)), response)
  },
  /** The length and hash of the body. */
  hash: async (request, response) => {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      hash.update(chunk)
    }
    const { 'transfer-encoding': coding, 'content-length': length } = request.headers
    response.end(JSON.stringify({ bytes, sha256: hash.digest('hex'), coding, length }))
  },
  /** Three chunks and a trailer. */
  chunked: (_request, response) => {
    response.setHeader('trailer', 'x-sum')
    for (const part of ['one ', 'two ', 'three']) response.write(part)
    response.addTrailers({ 'x-sum': '3' })
    response.end()
  },
  nothing: (_request, response) => void response.writeHead(204).end(),
  /** `/events/N/MS`: events up to number N, one each MS milliseconds. */
  events: (request, response) => {
    const [, , count, everyMs] = (request.url ?? '').split('/')
    const stream = startEvents(request, response)
    const timer = setInterval(() => stream.tell() === Number(count) && clearInterval(timer), Number(everyMs))
    response.on('close', () => clearInterval(timer))
    stream.tell()
  },
  /** `/paced/KEY`: as `/steps/KEY`, but it goes on. */
  paced: (request, response) => {
    const stream = startEvents(request, response)
    steps.set(request.url?.split('/')[2] ?? '', () => void stream.tell())
    stream.tell()
  },
  /** `/steps/KEY`: one event, and the next one each time `/step/KEY` is asked for; the third ends the answer. */
  steps: (request, response) => {
    const stream = startEvents(request, response)
    steps.set(request.url?.split('/')[2] ?? '', () => void (stream.tell() % 3 === 0 && response.end()))
    stream.tell()
  },
  step: (request, response) => {
    steps.get(request.url?.split('/')[2] ?? '')?.()
    response.writeHead(204).end()
  },
}

const steps = new Map<string, () => void>()

/** Server-sent events; a client that was here before is told those that follow the one it heard last. */
const startEvents = (request: IncomingMessage, response: ServerResponse): { tell(): number } => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  let id = Number(request.headers['last-event-id'] ?? 0)
  return {
    tell: () => {
      id++
      response.write(`${id === 1 ? 'retry: 50\n' : ''}id: ${id}\ndata: event ${id}\n\n`)
      return id
    },
  }
}

export const openHttpService = async (port = 0): Promise<HttpService> => {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const found = ANSWERS[request.url?.split('/')[1] ?? '']
    if (!found) return void response.writeHead(404).end()
    Promise.resolve(found(request, response)).catch((error: Error) => response.destroy(error))
  }
  const server = createServer(answer)
  // Refuses before the body is sent, as `Expect` is made for (RFC 9110 10.1.1).
  server.on('checkContinue', (request, response) => {
    if (request.url === '/refuse') return response.writeHead(403, { connection: 'close' }).end('not wanted')
    response.writeContinue()
    answer(request, response)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
