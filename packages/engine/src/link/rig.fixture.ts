/** Owns a whole engine core in a test: a fake authority, linked peers over channels in memory, and its events. */
import { createLog } from '@towline/base'
import {
  ALL_PERMISSIONS,
  AppError,
  attachLink,
  type AuditRecord,
  type LogEntry,
  type ProjectPolicy,
  type Usage,
  type Authority,
  type ControlMessage,
  type Hello,
  LIMITS,
  type Limits,
  type Mux,
  type MuxStream,
  type Principal,
  type StreamOpen,
  type Tunnel,
  type TunnelOpen,
  type TunnelSpec,
  type WatchEvent,
} from '@towline/protocol'
import { type Core, createCore } from '../core.ts'
import type { TlsRouteChange } from '../registry/routes.ts'
import type { PublicUrl } from '../registry/urls.ts'
import { channelPair } from './pair.fixture.ts'

const DEADLINE_MS = 10_000

/** Fails loudly instead of hanging. */
export const within = async <T>(what: string, promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), DEADLINE_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Values that come in, and waiting for the ones that match. */
export class Inbox<T> {
  readonly all: T[] = []
  #waiting: (() => void)[] = []

  readonly put = (value: T): void => {
    this.all.push(value)
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  async until(what: string, matches: (value: T) => boolean): Promise<T> {
    for (;;) {
      const found = this.all.find(matches)
      if (found !== undefined) return found
      await within(what, new Promise<void>((wake) => this.#waiting.push(wake)))
    }
  }
}

export interface FakeAuthority extends Authority {
  readonly reports: AuditRecord[]
  /** Those about streams to private tunnels. */
  dials(): readonly AuditRecord[]
  readonly observed: LogEntry[]
  readonly used: Usage[]
  /** Settles when usage was told that nobody has taken yet. */
  usedSome(): Promise<void>
  readonly policies: Map<string, ProjectPolicy>
  /** Ids of projects by the names they keep. */
  readonly keepers: Map<string, string>
  revoke(credentialId: string): void
}

const principalOf = (name: string, more: Partial<Principal> = {}): Principal => ({
  credentialId: `crd_${name}`,
  rootCredentialId: `crd_${name}`,
  projectId: 'prj_dev',
  projectSlug: 'dev',
  permissions: ALL_PERMISSIONS,
  ...more,
})

/** Tokens are the names of principals: `anna` and `anna-child` share a root, `bert` has his own, `carl` is of another project. */
const PEOPLE: Readonly<Record<string, Principal>> = {
  anna: principalOf('anna'),
  'anna-child': principalOf('anna-child', { rootCredentialId: 'crd_anna' }),
  bert: principalOf('bert'),
  carl: principalOf('carl', { projectId: 'prj_other', projectSlug: 'other' }),
  lister: principalOf('lister', { permissions: ['tunnels.list'] }),
  hoster: principalOf('hoster', { permissions: ['tunnels.create'] }),
  dialer: principalOf('dialer', { permissions: ['tunnels.connect'] }),
  minter: principalOf('minter', { permissions: ['tunnels.list', 'tokens.create'] }),
  passing: principalOf('passing', { expiresAt: 1_000 + 60 }),
  brief: principalOf('brief', { permissions: ['tunnels.list'], expiresAt: 1_000 + 300 }),
  long: principalOf('long', { permissions: ['tunnels.list'], expiresAt: 1_000 + 301 }),
  powerful: principalOf('powerful', { permissions: ['tunnels.list', 'tunnels.cut'], expiresAt: 1_000 + 300 }),
}

const fakeAuthority = (people: Readonly<Record<string, Principal>>): FakeAuthority => {
  const reports: AuditRecord[] = []
  const observed: LogEntry[] = []
  const used: Usage[] = []
  const waiting: (() => void)[] = []
  const policies = new Map<string, ProjectPolicy>()
  const keepers = new Map<string, string>()
  const listeners = new Set<(credentialId: string) => void>()
  const revoked = new Set<string>()
  return {
    reports,
    dials: () => reports.filter(({ action }) => action === 'stream.open'),
    observed,
    used,
    policies,
    keepers,
    verify: async (token) => {
      const principal = Object.hasOwn(people, token) ? people[token] : undefined
      if (!principal || revoked.has(principal.credentialId)) throw new AppError('UNAUTHENTICATED')
      return principal
    },
    project: async (slug) => (slug === 'dev' ? { id: 'prj_dev', slug } : undefined),
    mint: async (_parent, { permissions, ttlSeconds, resources }) => ({
      token: `minted:${permissions.join('+')}`,
      credentialId: 'crd_minted',
      expiresAt: 1_000 + ttlSeconds,
      ...(resources && { resources }),
    }),
    report: (record) => reports.push(record),
    observe: (entry) => observed.push(entry),
    count: (usage) => {
      used.push(usage)
      for (const wake of waiting.splice(0)) wake()
    },
    usedSome: () => (used.length > 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    policy: async (projectId) => policies.get(projectId),
    keeper: async (name) => keepers.get(name),
    onRevoked: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    revoke: (credentialId) => {
      revoked.add(credentialId)
      for (const listener of [...listeners]) listener(credentialId)
    },
  }
}

/** A client at the far end of a link. */
export class Peer {
  readonly mux: Mux
  readonly said = new Inbox<ControlMessage>()
  readonly streams = new Inbox<{ readonly stream: MuxStream; readonly open: StreamOpen }>()
  readonly closed: Promise<AppError | undefined>
  /** The cable is pulled so that both ends hear it, or neither. */
  readonly breaks: () => void
  readonly falls: () => void
  #ref = 0

  /** `onStream` replaces echoing everything. */
  constructor(core: Core, limits: Limits, onStream: (stream: MuxStream, open: StreamOpen) => void = echo) {
    const pair = channelPair()
    this.breaks = pair.breaks
    this.falls = pair.falls
    let over: (error?: AppError) => void = () => {}
    this.closed = new Promise((resolve) => {
      over = resolve
    })
    core.acceptLink(pair.near, { address: '192.0.2.7', port: 4000, transport: 'plain' })
    this.mux = attachLink(pair.far, {
      role: 'client',
      limits,
      onStream: (stream, open) => {
        onStream(stream, open)
        this.streams.put({ stream, open })
      },
      onControl: this.said.put,
      onClosed: over,
    })
  }

  say(message: ControlMessage): void {
    this.mux.send(message)
  }

  /** Says hello; answers the welcome or throws the refusal. */
  async hello(token: string, more: Partial<Hello> = {}): Promise<Extract<ControlMessage, { type: 'welcome' }>> {
    this.say({ type: 'hello', min: 1, max: 1, token, agent: 'test/1', os: 'linux', arch: 'x64', ...more })
    const answer = await this.said.until('welcome', ({ type }) => type === 'welcome' || type === 'error')
    if (answer.type === 'welcome') return answer
    throw AppError.from((answer as Extract<ControlMessage, { type: 'error' }>).error)
  }

  /** Opens a tunnel; throws the refusal. */
  async open(spec: TunnelSpec, more: Pick<TunnelOpen, 'holder' | 'again'> = {}): Promise<Tunnel> {
    this.#ref++
    const ref = this.#ref
    this.say({ type: 'tunnel.open', ref, spec, ...more })
    const answer = await this.said.until('tunnel.opened', (message) => 'ref' in message && message.ref === ref)
    if (answer.type === 'tunnel.opened') return answer.tunnel
    throw AppError.from((answer as Extract<ControlMessage, { type: 'error' }>).error)
  }

  /** The reason the engine gave for closing. */
  async reason(): Promise<AppError> {
    const message = await this.said.until('reason', ({ type }) => type === 'error')
    return AppError.from((message as Extract<ControlMessage, { type: 'error' }>).error)
  }

  /** What a dialed stream brings: its bytes as text, and how it ended. */
  dial(
    name: string,
    text: string,
  ): { readonly got: Promise<string>; readonly over: Promise<number | undefined>; readonly stream: MuxStream } {
    let got = ''
    let ended: (text: string) => void = () => {}
    let closed: (reset?: number) => void = () => {}
    const whole = new Promise<string>((resolve) => {
      ended = resolve
    })
    const over = new Promise<number | undefined>((resolve) => {
      closed = resolve
    })
    const stream = this.mux.open(
      { dial: name, from: '198.51.100.1:1', requestId: 'req_test' },
      {
        data: (bytes) => {
          got += Buffer.from(bytes).toString()
        },
        ended: () => ended(got),
        drained() {},
        closed: (reset) => closed(reset),
      },
    )
    stream.write(Buffer.from(text))
    stream.end()
    const answer = { got: within('the answer', whole), over: within('the end of a stream', over), stream }
    // A test waits for one of the two; the other may never come.
    answer.got.catch(() => {})
    answer.over.catch(() => {})
    return answer
  }
}

/** Sends back what comes. */
export const echo = (stream: MuxStream): void => {
  stream.sink = {
    data: (bytes) => stream.write(bytes),
    ended: () => stream.end(),
    drained() {},
    closed() {},
  }
  stream.resume()
}

export interface RigOptions {
  readonly limits?: Partial<Limits>
  /** More principals, by their tokens. */
  readonly people?: Readonly<Record<string, Partial<Principal>>>
  readonly publicUrl?: PublicUrl
  readonly onTlsRouteChange?: TlsRouteChange
}

export interface Rig {
  readonly core: Core
  readonly authority: FakeAuthority
  readonly limits: Limits
  /** Lines of the log. */
  readonly logged: string[]
  /** Milliseconds; tests move it. */
  readonly clock: { now: number }
  /** A linked client. */
  linked(token: string, onStream?: (stream: MuxStream, open: StreamOpen) => void): Promise<Peer>
  peer(): Peer
  /** Calls the API as a principal. */
  call(token: string | undefined, path: string, init?: RequestInit): Promise<Response>
  /** The events of a watch. */
  watch(token: string, path?: string, headers?: Record<string, string>): Promise<Inbox<WatchEvent>>
  close(): Promise<void>
}

/** Opens an engine core whose clock stands at second 1,000. */
export const createRig = (options: RigOptions = {}): Rig => {
  const { limits: changed, people = {}, publicUrl = { scheme: 'http', port: 8080 }, ...more } = options
  const limits = { ...LIMITS, ...changed }
  const added = Object.entries(people).map(([name, one]) => [name, principalOf(name, one)] as const)
  const authority = fakeAuthority({ ...PEOPLE, ...Object.fromEntries(added) })
  const clock = { now: 1_000_000 }
  const logged: string[] = []
  const log = createLog({ level: 'debug', stream: { write: (line) => logged.push(line) } })
  const where = { domain: 'localhost', listenHost: '127.0.0.1', version: '0.0.0', publicUrl }
  const core = createCore({ authority, limits, log, clock: () => clock.now, ...where, ...more })
  const call: Rig['call'] = async (token, path, init = {}) =>
    (await core.api()).request(`http://localhost${path}`, {
      ...init,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...init.headers },
    })
  return {
    core,
    authority,
    limits,
    logged,
    clock,
    call,
    peer: () => new Peer(core, limits),
    linked: async (token, onStream) => {
      const peer = new Peer(core, limits, onStream)
      await peer.hello(token)
      return peer
    },
    watch: async (token, path = '/api/engine/watch', headers = {}) => readEvents(await call(token, path, { headers })),
    close: async () => core.close(),
  }
}

/** Lets the next check pass, and revokes the credential that many microtasks after it. */
export const revokeAfterCheck = ({ authority }: Rig, credentialId: string, turns: number): void => {
  const { verify } = authority
  authority.verify = async (...asked) => {
    const principal = await verify(...asked)
    void (async () => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      authority.revoke(credentialId)
    })()
    return principal
  }
}

/** Reads the messages of an event stream. */
export const readEvents = (response: Response): Inbox<WatchEvent> => {
  if (response.status !== 200 || !response.body) throw new Error(`a watch was answered ${response.status}`)
  const events = new Inbox<WatchEvent>()
  const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    let text = ''
    for await (const bytes of body) {
      text += Buffer.from(bytes).toString()
      const messages = text.split('\n\n')
      text = messages.pop() ?? ''
      for (const message of messages) {
        const data = /^data: (.*)$/m.exec(message)?.[1]
        if (data) events.put(JSON.parse(data) as WatchEvent)
      }
    }
  }
  read(response.body).catch(() => {})
  return events
}

/** The AppError a promise rejects with; anything else fails the test. */
export const refusal = async (promise: Promise<unknown>): Promise<AppError> => {
  try {
    await promise
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
