/** Owns a whole edge for tests, and the words that visitors and services say. */
import type { Socket } from 'node:net'
import { LIMITS, type Limits, type Tunnel } from '@towline/protocol'
import { createEdge } from './edge.ts'
import { FakeAuthority, FakeTunnel } from './fakes.fixture.ts'
import { MemoryChannel, Wire } from './memory-channel.fixture.ts'

/** Both ends of a visitor's connection: the edge's and the visitor's. */
export interface Ends {
  readonly socket: MemoryChannel
  readonly far: MemoryChannel
}

export interface LogLine {
  readonly level: string
  readonly fields: Record<string, unknown>
  readonly message: string
}

/** A whole edge; `web.dev.localhost` leads to `tunnel`, other hosts to `tunnels`. */
export const openEdge = (options: { tunnel?: Partial<Tunnel>; limits?: Partial<Limits>; debug?: boolean } = {}) => {
  const limits = { ...LIMITS, ...options.limits }
  const tunnel = new FakeTunnel(options.tunnel)
  const tunnels = new Map<string, FakeTunnel>([['web.dev.localhost', tunnel]])
  const authority = new FakeAuthority()
  const time = { now: 1_700_000_000_000 }
  const logged: LogLine[] = []
  const line =
    (level: string) =>
    (fields: unknown, message?: unknown): void =>
      void logged.push({ level, fields: fields as Record<string, unknown>, message: String(message) })
  const handed = { api: [] as string[], gateway: [] as string[] }
  const headOf = (socket: Socket): string => (socket as unknown as { head: string }).head
  const edge = createEdge({
    router: { http: (host) => tunnels.get(host), tls: () => undefined },
    authority,
    log: {
      debug: line('debug'),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      isLevelEnabled: () => options.debug === true,
    },
    limits,
    api: (socket) => void handed.api.push(headOf(socket)),
    gateway: (socket) => void handed.gateway.push(headOf(socket)),
    isApiHost: (host) => host === 'localhost',
    clock: () => time.now,
  })
  /** A visitor whose first bytes are `first`. */
  const visit = (first: string, address = '192.0.2.7'): Wire & Ends => {
    const [socket, far] = MemoryChannel.pair()
    const wire = Object.assign(new Wire(far), { socket, far })
    edge.accept(socket, Buffer.from(first, 'latin1'), { address, port: 4711, localPort: 80, secure: false })
    return wire
  }
  const wait = (ms: number): void => {
    time.now += ms
    edge.sweep()
  }
  return { edge, tunnel, tunnels, authority, time, wait, logged, handed, limits, visit }
}

/** A request of a program. */
export const get = (path = '/', fields = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: web.dev.localhost\r\n${fields}\r\n`

/** A complete answer. */
export const ok = (body: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`

/** A request with a body. */
export const post = (body: string, fields = ''): string =>
  `POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`
