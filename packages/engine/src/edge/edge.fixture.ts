/** Owns what the edge's tests stand on: channels in memory, a tunnel whose service is the test, and a whole edge. */
import type { Socket } from 'node:net'
import {
  AppError,
  type AuditRecord,
  type Authority,
  type Channel,
  IDLE_SINK,
  LIMITS,
  type Limits,
  type LogEntry,
  NO_SLAB,
  type Principal,
  type ProjectPolicy,
  RESET,
  type Sink,
  type Tunnel,
  type Usage,
} from '@towline/protocol'
import type { Caller, LiveTunnel, Meter } from '../registry/live-tunnel.ts'
import type { VisitorSocket } from './context.ts'
import { createEdge } from './edge.ts'

const FULL_BYTES = 64 * 1024
const DEADLINE_MS = 5_000

/** One end of a pair. What is written comes out of the other end in a later turn. */
export class MemoryChannel implements VisitorSocket {
  sink: Sink = IDLE_SINK
  peer!: MemoryChannel
  paused = true
  settled = false
  /** Bytes written here that the peer has not taken. */
  waiting = 0
  mostWaiting = 0
  #queue: Uint8Array[] = []
  #owesDrain = false
  #ending = false
  #sentEnd = false
  #gotEnd = false
  #over = false
  #scheduled = false

  static pair(): [MemoryChannel, MemoryChannel] {
    const [a, b] = [new MemoryChannel(), new MemoryChannel()]
    a.peer = b
    b.peer = a
    return [a, b]
  }

  /** `end` was called. */
  get ending(): boolean {
    return this.#ending
  }

  write(bytes: Uint8Array): boolean {
    if (this.#over || this.#ending || bytes.length === 0) return true
    this.#queue.push(Uint8Array.from(bytes))
    this.waiting += bytes.length
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting)
    this.peer.schedule()
    if (this.waiting < FULL_BYTES) return true
    this.#owesDrain = true
    return false
  }

  end(): void {
    this.#ending = true
    this.peer.schedule()
  }

  reset(code: number = RESET.cancel): void {
    if (this.#over) return
    queueMicrotask(() => this.peer.finish(code))
    this.finish(code)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.schedule()
  }

  settle(): void {
    this.settled = true
  }

  detach(head: Uint8Array): Socket {
    if (this.settled) throw new Error('settled')
    this.#over = true
    return { head: Buffer.from(head).toString('latin1') } as unknown as Socket
  }

  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#take()
    })
  }

  finish(code: number | undefined): void {
    if (this.#over) return
    this.#over = true
    this.sink.closed(code)
  }

  #take(): void {
    const from = this.peer
    while (!this.paused && !this.#over) {
      const bytes = from.#queue.shift()
      if (!bytes) break
      from.waiting -= bytes.length
      this.sink.data(bytes, NO_SLAB)
    }
    if (from.#owesDrain && from.#queue.length === 0) {
      from.#owesDrain = false
      if (!from.#over && !from.#ending) from.sink.drained()
    }
    if (this.paused || this.#over || !from.#ending || from.#queue.length > 0 || this.#gotEnd) return
    this.#gotEnd = true
    from.#sentEnd = true
    this.sink.ended()
    for (const end of [this, from]) if (end.#gotEnd && end.#sentEnd) end.finish(undefined)
  }
}

/** Collects what comes out of a channel and lets a test wait for it. */
export class Wire implements Sink {
  received = ''
  hasEnded = false
  /** `open`, `closed`, or the reset code. */
  state: 'open' | 'closed' | number = 'open'
  readonly channel: Channel
  #waiters: (() => void)[] = []

  constructor(channel: Channel) {
    this.channel = channel
    channel.sink = this
    channel.resume()
  }

  send(text: string): void {
    this.channel.write(Buffer.from(text, 'latin1'))
  }

  data(bytes: Uint8Array): void {
    this.received += Buffer.from(bytes).toString('latin1')
    this.#tell()
  }

  ended(): void {
    this.hasEnded = true
    this.#tell()
  }

  drained(): void {}

  closed(reset?: number): void {
    this.state = reset ?? 'closed'
    this.#tell()
  }

  /** Waits until the text has come and answers everything up to its end, taking it away. */
  async until(text: string): Promise<string> {
    await this.when(() => this.received.includes(text), `"${text}"`)
    const end = this.received.indexOf(text) + text.length
    const taken = this.received.slice(0, end)
    this.received = this.received.slice(end)
    return taken
  }

  /** Waits for the end, in order or not, and answers what came before. */
  async rest(): Promise<string> {
    await this.when(() => this.hasEnded || this.state !== 'open', 'the end')
    return this.received
  }

  async when(happened: () => boolean, what: string): Promise<void> {
    const late = { yes: false }
    const timer = setTimeout(() => {
      late.yes = true
      this.#tell()
    }, DEADLINE_MS)
    while (!happened() && !late.yes) await new Promise<void>((resolve) => this.#waiters.push(resolve))
    clearTimeout(timer)
    if (!happened()) throw new Error(`${what} did not come; there is ${JSON.stringify(this.received)}`)
  }

  #tell(): void {
    for (const waiter of this.#waiters.splice(0)) waiter()
  }
}

const TUNNEL: Tunnel = {
  id: 'tun_a',
  kind: 'http',
  name: 'web',
  labels: {},
  url: 'http://web.dev.localhost',
  owner: 'crd_owner',
  clientId: 'cli_a',
  projectId: 'prj_a',
  status: 'online',
  createdAt: 0,
  epoch: 1,
}

/** A tunnel whose streams the test answers. */
export class FakeTunnel implements LiveTunnel {
  tunnel: Tunnel
  online = true
  callers: Caller[] = []
  streams: Wire[] = []
  /** Thrown by the next open. */
  refuses: AppError | undefined
  counts = { began: 0, answered: 0, ended: 0 }
  held: ((live: LiveTunnel | undefined) => void)[] = []
  readonly meter: Meter = {
    began: () => void this.counts.began++,
    answered: () => void this.counts.answered++,
    ended: () => void this.counts.ended++,
  }
  #waiters: (() => void)[] = []

  constructor(over: Partial<Tunnel> = {}) {
    this.tunnel = { ...TUNNEL, ...over }
  }

  open(caller: Caller, sink: Sink): Channel {
    const refuses = this.refuses
    this.refuses = undefined
    if (refuses) throw refuses
    this.callers.push(caller)
    const [ours, service] = MemoryChannel.pair()
    ours.sink = sink
    ours.paused = false
    this.streams.push(new Wire(service))
    for (const waiter of this.#waiters.splice(0)) waiter()
    return ours
  }

  whenOnline(): Promise<LiveTunnel | undefined> {
    return new Promise((resolve) => {
      this.held.push(resolve)
      for (const waiter of this.#waiters.splice(0)) waiter()
    })
  }

  /** The stream opened as number `index`. */
  async stream(index = 0): Promise<Wire> {
    while (this.streams.length <= index) await this.#next(`stream ${index}`)
    return this.streams[index] as Wire
  }

  /** Waits for a request to be held. */
  async holding(): Promise<void> {
    while (this.held.length === 0) await this.#next('a held request')
  }

  #next(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push(resolve)
      setTimeout(() => reject(new Error(`${what} did not come`)), DEADLINE_MS).unref()
    })
  }
}

/** Knows the tokens it is told of. */
export class FakeAuthority implements Authority {
  principals = new Map<string, Principal>()
  records: AuditRecord[] = []
  observed: LogEntry[] = []
  used: Usage[] = []
  policies = new Map<string, ProjectPolicy>()
  asked: string[] = []
  #listeners: ((credentialId: string) => void)[] = []

  verify(token: string): Promise<Principal> {
    this.asked.push(token)
    const principal = this.principals.get(token)
    return principal ? Promise.resolve(principal) : Promise.reject(new AppError('UNAUTHENTICATED'))
  }

  project(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  mint(): Promise<never> {
    return Promise.reject(new Error('not here'))
  }

  report(record: AuditRecord): void {
    this.records.push(record)
  }

  observe(entry: LogEntry): void {
    this.observed.push(entry)
  }

  count(usage: Usage): void {
    this.used.push(usage)
  }

  policy(projectId: string): Promise<ProjectPolicy | undefined> {
    return Promise.resolve(this.policies.get(projectId))
  }

  keeper(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  onRevoked(listener: (credentialId: string) => void): () => void {
    this.#listeners.push(listener)
    return () => {
      this.#listeners = this.#listeners.filter((known) => known !== listener)
    }
  }

  revoke(credentialId: string): void {
    for (const listener of this.#listeners) listener(credentialId)
  }

  get listening(): number {
    return this.#listeners.length
  }
}

/** A principal of the fixture's project that may connect. */
export const principal = (over: Partial<Principal> = {}): Principal => ({
  credentialId: 'crd_v',
  projectId: 'prj_a',
  projectSlug: 'dev',
  permissions: ['tunnels.connect'],
  rootCredentialId: 'crd_root',
  ...over,
})

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
