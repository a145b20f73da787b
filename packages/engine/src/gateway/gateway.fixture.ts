/** Owns what the gateway's tests stand on: services of both HTTP versions behind a whole listener, and a visitor over TLS. */
import { createServer, request as httpRequest, type RequestListener } from 'node:http'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Limits, Tunnel } from '@towline/protocol'
import { type Hall, openHall, ServedTunnel, soon } from '../listen/listener.fixture.ts'
import { certified, fixed } from '../tls/certificates.fixture.ts'

export type H2Listener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void

/** Everything an answer said. */
export interface Said {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly trailers: IncomingHttpHeaders | undefined
  readonly interim: readonly IncomingHttpHeaders[]
  /** RST_STREAM code. */
  readonly code: number
}

/** Opens things and closes them in reverse order. */
export class Bench {
  readonly #closing: (() => unknown)[] = []

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close()
  }

  defer(close: () => unknown): void {
    this.#closing.push(close)
  }

  /** A tunnel to an HTTP/1.1 service. */
  async http1(listener: RequestListener, over: Partial<Tunnel> = {}): Promise<ServedTunnel> {
    const server = createServer(listener)
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
    this.defer(() => {
      server.closeAllConnections()
      server.close()
    })
    return new ServedTunnel(() => (server.address() as AddressInfo).port, over)
  }

  /** A tunnel to a service that speaks HTTP/2 in the clear. */
  async h2c(listener: H2Listener, over: Partial<Tunnel> = {}): Promise<ServedTunnel> {
    const server = createHttp2Server()
    const sessions = new Set<{ destroy(): void }>()
    server.on('session', (session) => sessions.add(session))
    server.on('stream', (stream, headers) => {
      stream.on('error', () => {})
      listener(stream, headers)
    })
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
    this.defer(() => {
      for (const session of sessions) session.destroy()
      server.close()
    })
    return new ServedTunnel(() => (server.address() as AddressInfo).port, { httpVersion: 'h2c', ...over })
  }

  /** A listener whose `web.dev.localhost` is `tunnel`, and a visitor's HTTP/2 session over TLS. */
  async visit(tunnel: ServedTunnel | undefined, limits: Partial<Limits> = {}) {
    const { ca, leaf } = await certified('localhost', '*.dev.localhost')
    const http = new Map(tunnel ? [['web.dev.localhost', tunnel]] : [])
    const hall = await openHall({ certificates: [fixed(leaf)], http, limits })
    this.defer(hall.close)
    const session = connect(`https://127.0.0.1:${hall.port}`, { ca, servername: 'web.dev.localhost' })
    session.on('error', () => {})
    this.defer(() => session.destroy())
    return { hall, ca, session, ask: asker(session) }
  }
}

/** Asks `web.dev.localhost`; a body given is sent whole. */
const asker =
  (session: ClientHttp2Session) =>
  (headers: OutgoingHttpHeaders = {}, body?: string | Buffer): Promise<Said> => {
    const stream = open(session, headers, body === undefined)
    stream.end(body)
    return soon(saidBy(stream), 'the answer')
  }

/** A request whose body the test sends. */
export const open = (
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders = {},
  endStream = false,
): ClientHttp2Stream => session.request({ ':path': '/', ':authority': 'web.dev.localhost', ...headers }, { endStream })

/** Waits for the end of a stream. */
export const saidBy = (stream: ClientHttp2Stream): Promise<Said> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = []
    const interim: IncomingHttpHeaders[] = []
    let headers: IncomingHttpHeaders = {}
    let trailers: IncomingHttpHeaders | undefined
    stream.on('headers', (early) => interim.push(early))
    stream.on('response', (head) => {
      headers = head
    })
    stream.on('trailers', (late) => {
      trailers = late
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', () => {})
    stream.on('close', () => {
      const { ':status': status, ...rest } = headers
      const body = Buffer.concat(chunks).toString('latin1')
      resolve({ status: Number(status ?? 0), headers: rest, body, trailers, interim, code: stream.rstCode ?? -1 })
    })
  })

/** A word from a stream. */
export const until = (stream: ClientHttp2Stream | ServerHttp2Stream, text: string): Promise<string> => {
  let got = ''
  const came = new Promise<string>((resolve) => {
    const onData = (chunk: Buffer): void => {
      got += chunk.toString('latin1')
      if (!got.includes(text)) return
      stream.off('data', onData)
      resolve(got)
    }
    stream.on('data', onData)
  })
  return soon(came, text)
}

/** Waits until every visitor but those of the test's own session has left. */
export const empty = async ({ listener }: Hall): Promise<void> => {
  while (listener.visitors > 1) await new Promise((next) => setImmediate(next))
}

/** All of a request's body. */
export const reads = async (stream: ServerHttp2Stream): Promise<string> => {
  let got = ''
  for await (const chunk of stream) got += String(chunk)
  return got
}

/** An HTTP/1.1 request in the clear. */
export const get1 = (
  hall: Hall,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: string },
) =>
  soon(
    new Promise<{ status: number; headers: unknown; body: string; trailers: unknown }>((resolve, reject) => {
      const headers = { host: 'web.dev.localhost', ...options.headers }
      const request = httpRequest({ port: hall.port, host: '127.0.0.1', ...options, headers }, (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += String(chunk)
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body, trailers: response.trailers }),
        )
      })
      request.on('error', reject)
      request.end(options.body)
    }),
    'the answer',
  )

export type { Hall }
