/** Owns one client's connection to the app-server behind, which outlives the client's own: what was missed is sent when it is back. */
import {
  type Limits,
  type ReplayResult,
  RPC_CODE,
  type RpcFault,
  type RpcId,
  UPSTREAM_LOST,
  UPSTREAM_REPLAY,
  type UpstreamSession,
} from '@towline/protocol'
import type { Wire } from '../rpc/wire.ts'
import { Backlog } from './backlog.ts'
import { fieldsOf, numbered, readRelayed, type RelayedMessage, threadOf } from './message.ts'

export interface SessionDeps {
  readonly id: string
  /** The number before its first; those of a later session are greater, so that nobody takes the one for the other. */
  readonly start: number
  readonly upstream: Wire
  readonly limits: Limits
  /** Its client is gone and may come back; or has come back. */
  readonly onClient: (session: RelayedSession) => void
  /** Once; nobody can come back to it. */
  readonly onOver: (session: RelayedSession) => void
}

const NO_PLACE = 'Invalid request: missing field `threadId` or `afterSeq`'

export class RelayedSession {
  readonly id: string
  readonly #deps: SessionDeps
  readonly #backlog: Backlog
  /** Requests of the app-server that nobody has answered, by id. */
  readonly #asked = new Map<RpcId, { readonly seq: number; readonly text: string }>()
  #client: Wire | undefined
  /** The id of the request that began it, until that is answered. */
  #initializing: RpcId | undefined
  /** What the app-server answered to `initialize`. */
  #greeting: object | undefined
  #isInitialized = false
  #isOver = false
  #isPaused = false

  constructor(deps: SessionDeps) {
    this.id = deps.id
    this.#deps = deps
    this.#backlog = new Backlog(deps.start, deps.limits.appUpstreamReplayBytes)
    deps.upstream.sink = {
      message: (text) => this.#said(text),
      drained: () => undefined,
      closed: () => this.#lost(),
    }
    deps.upstream.resume()
  }

  /** Whether somebody is connected. */
  get attached(): boolean {
    return this.#client !== undefined
  }

  /** Whether it can go on where somebody left it. */
  covers(seq: number): boolean {
    return !this.#isOver && this.#greeting !== undefined && this.#backlog.covers(seq)
  }

  /** A new client; `first` are the messages that it has sent already. */
  begin(client: Wire, first: readonly string[]): void {
    this.#attach(client)
    for (const text of first) this.#heard(text)
    client.resume()
    this.#pump()
  }

  /** The client is back under the request `id`, and has seen all up to `seq`. Whoever was connected is closed. */
  resume(client: Wire, id: RpcId, seq: number): void {
    const before = this.#client
    this.#client = undefined
    before?.close()
    this.#backlog.rewind(seq)
    // Later ones come with the rest.
    const old = [...this.#asked.values()].filter((asked) => asked.seq <= seq)
    this.#attach(client)
    client.send(JSON.stringify({ id, result: this.#greetingWith(true) }))
    for (const { text } of old) client.send(text)
    client.resume()
    this.#pump()
  }

  /** Ends it on both sides. */
  close(): void {
    this.#end()
    this.#deps.upstream.close()
    this.#client?.close()
    this.#client = undefined
  }

  #attach(client: Wire): void {
    this.#client = client
    client.sink = {
      message: (text) => this.#heard(text),
      drained: () => this.#pump(),
      closed: (left) => this.#left(client, left === true),
    }
    this.#deps.onClient(this)
  }

  #left(client: Wire, forGood: boolean): void {
    if (client !== this.#client) return
    this.#client = undefined
    if (this.#isOver) return
    if (forGood || !this.#greeting) return this.close()
    this.#deps.onClient(this)
  }

  // what the client says

  #heard(text: string): void {
    const message = readRelayed(text)
    if (message && this.#answersItself(message)) return
    this.#deps.upstream.send(text)
  }

  /** Also keeps in mind what has to be remembered of what passes on. */
  #answersItself(message: RelayedMessage): boolean {
    const { id, method } = message
    if (method === 'initialized') {
      const again = this.#isInitialized
      this.#isInitialized = true
      return again
    }
    if (id === undefined) return false
    if (method === undefined) this.#asked.delete(id)
    if (method === 'initialize' && !this.#greeting) this.#initializing = id
    if (method !== UPSTREAM_REPLAY) return false
    this.#client?.send(JSON.stringify({ id, ...this.#replay(message.params) }))
    return true
  }

  /** Tells again what was told of a thread, for what was not follows by itself; then the answer. */
  #replay(params: unknown): { readonly result: ReplayResult } | { readonly error: RpcFault } {
    const threadId = threadOf(params)
    const { afterSeq } = fieldsOf(params)
    if (threadId === undefined || typeof afterSeq !== 'number')
      return { error: { code: RPC_CODE.invalidRequest, message: NO_PLACE } }
    const complete = this.#backlog.covers(afterSeq)
    const told = complete ? this.#backlog.sentAfter(afterSeq) : []
    for (const kept of told) if (kept.threadId === threadId) this.#client?.send(kept.text)
    return { result: { complete, seq: this.#backlog.sent } }
  }

  // what the app-server says

  #said(text: string): void {
    const message = readRelayed(text)
    if (message) this.#keep(text, message)
    this.#pump()
  }

  #keep(text: string, { id, method, params, result }: RelayedMessage): void {
    if (method === undefined) return void this.#backlog.add(() => this.#answered(text, id, result), {})
    if (id !== undefined) {
      const seq = this.#backlog.add(() => text, { asks: id })
      return void this.#asked.set(id, { seq, text })
    }
    if (method === 'serverRequest/resolved') this.#resolved(params)
    this.#backlog.add((seq) => numbered(text, seq), { threadId: threadOf(params) })
  }

  #resolved(params: unknown): void {
    const { requestId } = fieldsOf(params)
    if (typeof requestId === 'string' || typeof requestId === 'number') this.#asked.delete(requestId)
  }

  /** The answer to `initialize` tells of the session. */
  #answered(text: string, id: RpcId | undefined, result: unknown): string {
    if (id === undefined || id !== this.#initializing) return text
    this.#initializing = undefined
    if (result === undefined) return text
    this.#greeting = fieldsOf(result)
    return JSON.stringify({ id, result: this.#greetingWith(false) })
  }

  #greetingWith(resumed: boolean): object {
    const towline: UpstreamSession = { replay: true, session: this.id, sessionSeq: this.#backlog.seq, resumed }
    return { ...this.#greeting, towline }
  }

  /** Sends as much as the client takes, and reads no more of the app-server than may wait. */
  #pump(): void {
    const { limits, upstream } = this.#deps
    const client = this.#client
    while (client && client.queued < limits.appUpstreamQueueBytes) {
      const kept = this.#backlog.next()
      if (!kept) break
      if (kept.asks === undefined || this.#asked.has(kept.asks)) client.send(kept.text)
    }
    const full = this.#backlog.unsentBytes >= limits.appUpstreamReplayBytes
    if (full === this.#isPaused || this.#isOver) return
    this.#isPaused = full
    if (full) upstream.pause()
    else upstream.resume()
  }

  #lost(): void {
    if (this.#isOver) return
    this.#end()
    const client = this.#client
    this.#client = undefined
    client?.send(JSON.stringify({ method: UPSTREAM_LOST, params: { session: this.id } }))
    client?.close()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#deps.onOver(this)
  }
}
