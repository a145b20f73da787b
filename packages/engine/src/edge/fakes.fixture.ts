/** Owns a tunnel whose service is the test, and an authority that knows what it is told. */
import {
  AppError,
  type AuditRecord,
  type Authority,
  type Channel,
  type LogEntry,
  type Principal,
  type ProjectPolicy,
  type Sink,
  type Tunnel,
  type Usage,
} from '@towline/protocol'
import type { Caller, LiveTunnel, Meter } from '../registry/live-tunnel.ts'
import { DEADLINE_MS, MemoryChannel, Wire } from './memory-channel.fixture.ts'

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
