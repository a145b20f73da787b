/** Owns one visitor connection: request after request in order, each to its tunnel, until either side is done. */
import { AppError, NO_SLAB, RESET, resetError, SHARED_SLAB, type Sink, type Slab } from '@towline/protocol'
import type { LiveTunnel } from '../registry/live-tunnel.ts'
import type { EdgeContext, EdgeDeps, VisitorSocket } from './context.ts'
import { Door } from './door.ts'
import { Exchange } from './exchange.ts'
import { Forwarding } from './forwarding.ts'
import { EXPECT, type RequestHead } from './h1/request-head.ts'
import { writeRequest } from './h1/write-request.ts'
import { Inbox, type InboxOwner } from './inbox.ts'
import { planOf } from './plan.ts'
import { type Refused, refusal } from './refusal.ts'
import { Repeatable } from './repeatable.ts'
import { requestId } from './request-ids.ts'
import type { Swept } from './sweeper.ts'
import { type Loss, Upstream, type UpstreamOwner } from './upstream.ts'
import type { Visitor } from './visitor.ts'

/** What the next request waits for. */
const WAIT = {
  nothing: 0,
  /** A check, or a host that is away. */
  door: 1,
  /** Earlier answers. */
  turn: 2,
  /** Whether an upgrade is accepted: until then nobody knows what the next bytes are. */
  upgrade: 3,
} as const

/** What bytes of the visitor are: requests, raw after an upgrade, or dropped until the visitor has read our last word. */
const PHASE = { http: 0, raw: 1, closing: 2, over: 3 } as const

const NO_EXCHANGES: readonly Exchange[] = []

/** See the file's head. */
export class Connection implements Sink, InboxOwner, UpstreamOwner, Swept {
  readonly #context: EdgeContext
  readonly #socket: VisitorSocket
  readonly #visitor: Visitor
  readonly #door: Door
  readonly #inbox: Inbox
  readonly #forwarding: Forwarding
  readonly #repeatable = new Repeatable()
  #upstream: Upstream | undefined
  #phase: (typeof PHASE)[keyof typeof PHASE] = PHASE.http
  #wait: (typeof WAIT)[keyof typeof WAIT] = WAIT.nothing
  #reading = false
  /** Requests have gone to a tunnel: the connection stays ours. */
  #settled = false
  /** The visitor sent its last byte. */
  #sawEnd = false
  /** The stream asked us to wait, so we do not read from the visitor. */
  #streamFull = false
  /** When the visitor stopped taking bytes; the stream is paused meanwhile. */
  #stalledAt: number | undefined
  /** When what we wait for began: the next head, an answer, the end. */
  #since: number
  /** How long the visitor may take to close after our last word. */
  #closingMs = 0

  constructor(context: EdgeContext, socket: VisitorSocket, visitor: Visitor) {
    this.#context = context
    this.#socket = socket
    this.#visitor = visitor
    this.#door = new Door(context, visitor, () => this.#wake())
    this.#inbox = new Inbox(this, context.request, context.deps.limits)
    this.#forwarding = new Forwarding(visitor)
    this.#since = context.deps.clock()
  }

  /** Begins with the bytes that were read already. */
  start(first: Uint8Array): void {
    this.#context.sweeper.add(this)
    this.#socket.sink = this
    this.#inbox.push(first, SHARED_SLAB)
    this.#steer()
  }

  /** Drops the connection at once. */
  abort(): void {
    this.#inbox.stop()
    this.#socket.reset(RESET.cancel)
  }

  // what the visitor's socket tells

  data(bytes: Uint8Array, slab: Slab): void {
    if (this.#phase === PHASE.http) this.#read(bytes, slab)
    else if (this.#phase === PHASE.raw) this.#toStream(bytes, slab)
    this.#steer()
  }

  ended(): void {
    this.#sawEnd = true
    if (this.#phase === PHASE.raw) this.#upstream?.end()
    else if (this.#inbox.bodyOpen) this.abort()
    else this.#steer()
  }

  drained(): void {
    this.#stalledAt = undefined
    this.#upstream?.resume()
  }

  closed(reset?: number): void {
    const inOrder = reset === undefined && (this.#phase === PHASE.raw || !this.#busy)
    this.#leave()
    this.#dropUpstream(inOrder ? undefined : RESET.cancel)
  }

  // what the inbox tells

  request(head: RequestHead, end: number): boolean {
    try {
      return this.#dispatch(head, end)
    } catch (error) {
      return this.#refuse(error, head)
    }
  }

  body(bytes: Uint8Array, slab: Slab, done: boolean): void {
    this.#since = this.#context.sweeper.now
    this.#toStream(bytes, slab)
    if (!done) return
    const exchange = this.#pending.at(-1) as Exchange
    exchange.bodyDone = true
    if (exchange.close) this.#inbox.stop()
  }

  invalid(error: unknown): boolean {
    if (!this.#inbox.bodyOpen) return this.#refuse(error)
    const pending = this.#takePending(RESET.cancel)
    if (pending.length === 1) this.#fail(pending, error)
    else this.abort()
    return true
  }

  // what the stream tells

  deliver(bytes: Uint8Array, slab: Slab): void {
    if (this.#socket.write(bytes, slab)) return
    this.#stalledAt ??= this.#context.deps.clock()
    this.#upstream?.pause()
  }

  writable(): void {
    this.#streamFull = false
    this.#steer()
  }

  answered(exchange: Exchange, reusable: boolean): void {
    const upstream = this.#upstream as Upstream
    upstream.live.meter.ended()
    this.#since = this.#context.sweeper.now
    if (exchange.line !== undefined) this.#logAnswer(exchange)
    if (exchange.last || !exchange.bodyDone) return this.#close(this.#context.deps.limits.writeStallMs)
    if (!reusable) {
      upstream.release()
      return this.lost(upstream, undefined)
    }
    if (!this.#busy) this.#next()
  }

  upgraded(): void {
    this.#phase = PHASE.raw
    const early = this.#inbox.takeRest()
    if (early.length > 0) this.#toStream(early, SHARED_SLAB)
    if (this.#sawEnd) this.#upstream?.end()
    this.#steer()
  }

  rawEnded(): void {
    this.#socket.end()
  }

  lost(upstream: Upstream, loss: Loss): void {
    if (upstream !== this.#upstream) return
    if (this.#phase === PHASE.raw) return void (loss !== undefined && this.abort())
    const repeats = this.#mayRepeat(upstream, loss)
    const pending = this.#takePending()
    if (pending.length === 0) return this.#next()
    if (!repeats) return this.#fail(pending, errorOf(loss))
    this.#inbox.putBack(this.#repeatable.again(pending))
    this.#next()
  }

  // time

  sweep(now: number): void {
    const { limits } = this.#context.deps
    const waited = now - this.#since
    if (this.#stalledAt !== undefined && now - this.#stalledAt >= limits.writeStallMs) return this.abort()
    if (this.#phase === PHASE.closing && waited >= this.#closingMs) return this.abort()
    if (this.#phase !== PHASE.http || this.#wait === WAIT.door) return
    const first = this.#pending[0]
    if (first) {
      if (!first.started && waited >= limits.responseHeadMs) this.#timeOut()
    } else if (!this.#inbox.started) {
      if (waited >= limits.idleMs) this.#close(limits.idleMs)
    } else if (waited >= limits.headMs) this.#refuse(new AppError('REQUEST_TIMEOUT'))
  }

  /** Neither side of an exchange moved for too long. */
  #timeOut(): void {
    const code = this.#inbox.bodyOpen ? 'REQUEST_TIMEOUT' : 'UPSTREAM_TIMEOUT'
    this.#fail(this.#takePending(RESET.cancel), new AppError(code))
  }

  // requests

  #read(bytes: Uint8Array, slab: Slab): void {
    const between = !this.#inbox.started && !this.#busy
    this.#inbox.push(bytes, slab)
    if (between && this.#inbox.started) this.#since = this.#context.sweeper.now
  }

  get #pending(): readonly Exchange[] {
    return this.#upstream?.pending ?? NO_EXCHANGES
  }

  get #busy(): boolean {
    return this.#pending.length > 0
  }

  #dispatch(head: RequestHead, end: number): boolean {
    const { deps } = this.#context
    this.#forwarding.read(head)
    const { host } = this.#forwarding
    if (deps.isApiHost(host)) return this.#handOver(head, deps.api)
    const live = this.#door.route(host)
    if (live.tunnel.httpVersion === 'h2c') return this.#handOver(head, deps.gateway)
    if (head.expect === EXPECT.unknown) throw new AppError('EXPECTATION_FAILED')
    if (!this.#door.passes(live, head, host)) return this.#hold(WAIT.door)
    const id = requestId()
    const upstream = this.#upstreamFor(live, head, id)
    if (!upstream) return false
    this.#send(upstream, { head, end, id })
    return true
  }

  /** The stream for a request: the one at hand, or a new one once earlier answers are through. Holds when there is none yet. */
  #upstreamFor(live: LiveTunnel, head: RequestHead, id: string): Upstream | undefined {
    const current = this.#upstream
    const busy = this.#pending.length
    const fits = current?.live === live && busy < this.#context.deps.limits.pipelinedRequests
    if (busy > 0 && (!fits || head.upgrade)) return void this.#hold(WAIT.turn)
    if (fits) return current
    this.#dropUpstream()
    const upstream = new Upstream(live, this, this.#context)
    const { address, port } = this.#visitor
    try {
      upstream.open({
        from: `${address.includes(':') ? `[${address}]` : address}:${port}`,
        requestId: id,
      })
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'TUNNEL_OFFLINE') throw error
      this.#door.hold(live)
      return void this.#hold(WAIT.door)
    }
    if (this.#stalledAt !== undefined) upstream.pause()
    this.#upstream = upstream
    return upstream
  }

  #send(
    upstream: Upstream,
    {
      head,
      end,
      id,
    }: {
      readonly head: RequestHead
      readonly end: number
      readonly id: string
    },
  ): void {
    const { lent, deps } = this.#context
    const { live } = upstream
    writeRequest(
      head,
      planOf(head, {
        tunnel: live.tunnel,
        visitor: this.#visitor,
        forwarding: this.#forwarding,
        requestId: id,
      }),
      lent,
    )
    const close = head.minor === 0 || head.connection.close
    const method = head.method
    const exchange = new Exchange({
      requestId: id,
      host: this.#forwarding.host,
      startedAt: deps.clock(),
      headOnly: method === 'HEAD',
      upgrade: head.upgrade,
      old: head.minor === 0,
      close,
      expects: head.expect === EXPECT.continue,
      accept: head.accept,
      line: deps.log.isLevelEnabled('debug') ? `${method} ${head.path}` : undefined,
      repeat: this.#repeatable.remember(head, end, upstream.pending.length > 0),
      repeated: this.#repeatable.isSecond(),
      bodyDone: !head.hasBody,
    })
    this.#since = exchange.startedAt
    this.#door.forget()
    this.#settle()
    live.meter.began()
    this.#inbox.expectBody(head)
    if (head.upgrade) this.#hold(WAIT.upgrade)
    else if (close && !head.hasBody) this.#inbox.stop()
    if (!upstream.send(exchange, lent.lend())) this.#streamFull = true
  }

  /** Gives the connection away, this request first. A connection that has carried tunnel traffic cannot go: 421 sends the visitor round. */
  #handOver(head: RequestHead, to: EdgeDeps['gateway']): boolean {
    if (this.#busy) return this.#hold(WAIT.turn)
    if (this.#settled || !to) throw new AppError('HOST_REFUSED')
    const rest = Buffer.from(head.bytes.subarray(head.start))
    const socket = this.#socket.detach(rest)
    this.#leave()
    to(socket)
    return true
  }

  #settle(): void {
    if (this.#settled) return
    this.#settled = true
    this.#socket.settle()
  }

  #toStream(bytes: Uint8Array, slab: Slab): void {
    if (this.#upstream && !this.#upstream.write(bytes, slab)) this.#streamFull = true
  }

  // refusals

  /** Answers with a page of ours, after the answers that are still due. The connection lives on when framing is certain. */
  #refuse(error: unknown, head?: RequestHead): boolean {
    if (this.#busy) return this.#hold(WAIT.turn)
    const close = !head || head.hasBody || head.minor === 0 || head.connection.close
    const host = head ? this.#forwarding.host : ''
    this.#page(error, {
      requestId: requestId(),
      host,
      accept: head?.accept,
      headOnly: head?.method === 'HEAD',
      close,
    })
    this.#door.forget()
    this.#repeatable.isSecond()
    this.#since = this.#context.sweeper.now
    if (close) this.#close(this.#context.deps.limits.idleMs)
    return true
  }

  /** The oldest request gets a page for its answer, unless that has begun; those behind it are lost with the connection. */
  #fail(pending: readonly Exchange[], error: unknown): void {
    const { started, close: last, bodyDone, ...rest } = pending[0] as Exchange
    if (started) return this.abort()
    const close = last || !bodyDone || pending.length > 1
    this.#page(error, { ...rest, close })
    if (close) this.#close(this.#context.deps.limits.idleMs)
    else this.#next()
  }

  #page(error: unknown, to: Omit<Refused, 'visitor' | 'projectId'>): void {
    const projectId = this.#context.deps.router.http(to.host)?.tunnel.projectId
    this.deliver(
      refusal(this.#context, error, {
        ...to,
        projectId,
        visitor: this.#visitor,
      }),
      NO_SLAB,
    )
  }

  #logAnswer({ requestId: id, host, line, status, startedAt }: Exchange): void {
    const { log, clock } = this.#context.deps
    log.debug({ requestId: id, host, line, status, ms: clock() - startedAt }, 'request')
  }

  // state

  #hold(wait: (typeof WAIT)[keyof typeof WAIT]): false {
    this.#wait = wait
    this.#inbox.hold()
    return false
  }

  #wake(): void {
    this.#wait = WAIT.nothing
    this.#since = this.#context.deps.clock()
    this.#inbox.go()
    this.#steer()
  }

  /** All answers are through. */
  #next(): void {
    this.#since = this.#context.sweeper.now
    if (this.#wait === WAIT.door) return
    this.#wait = WAIT.nothing
    this.#inbox.go()
    this.#steer()
  }

  /** The pages an upstream loss may be answered with are only for what a second attempt cannot mend, as browsers do it. */
  #mayRepeat(upstream: Upstream, loss: Loss): boolean {
    const again = upstream.answers > 0 || loss === RESET.linkLost
    return again && !(loss instanceof AppError) && upstream.pending.every((exchange) => exchange.mayRepeat)
  }

  /** Reads from the visitor or not, and says our last word when the visitor has said its own. */
  #steer(): void {
    if (this.#sawEnd) this.#afterEnd()
    const wants =
      this.#phase === PHASE.closing || (!this.#streamFull && (this.#phase === PHASE.raw || this.#inbox.wantsMore))
    if (wants === this.#reading || this.#phase === PHASE.over) return
    this.#reading = wants
    if (wants) this.#socket.resume()
    else this.#socket.pause()
  }

  /** No further request comes: the service hears so, and with the last answer the visitor does. */
  #afterEnd(): void {
    if (this.#phase !== PHASE.http || this.#wait !== WAIT.nothing) return
    if (this.#busy) this.#upstream?.end()
    else this.#close(this.#context.deps.limits.idleMs)
  }

  /** Our last word is said; what the visitor still sends is dropped, so that it can read that word. */
  #close(withinMs: number): void {
    if (this.#phase >= PHASE.closing) return
    const complete = !this.#busy && !this.#inbox.bodyOpen
    this.#phase = PHASE.closing
    this.#since = this.#context.deps.clock()
    this.#closingMs = withinMs
    this.#inbox.stop()
    this.#dropUpstream(complete ? undefined : RESET.cancel)
    this.#socket.end()
    this.#steer()
  }

  /** Lets go of the stream; its unanswered requests count as ended. */
  #takePending(reset?: number): readonly Exchange[] {
    const upstream = this.#upstream
    if (!upstream) return NO_EXCHANGES
    this.#upstream = undefined
    this.#streamFull = false
    upstream.release(reset)
    for (let left = upstream.pending.length; left > 0; left--) upstream.live.meter.ended()
    return upstream.pending
  }

  #dropUpstream(reset?: number): void {
    this.#takePending(reset)
  }

  #leave(): void {
    this.#phase = PHASE.over
    this.#context.sweeper.remove(this)
    this.#door.close()
    this.#inbox.stop()
  }
}

const errorOf = (loss: Loss): AppError => {
  if (loss instanceof AppError) return loss
  const code = resetError(loss)
  return new AppError(FOR_VISITORS.has(code) ? code : 'UPSTREAM_RESET')
}

/** Resets that mean something to a visitor; the others are between engine and host. */
const FOR_VISITORS: ReadonlySet<string> = new Set([
  'UPSTREAM_REFUSED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_RESET',
  'TUNNEL_UNKNOWN',
  'TUNNEL_OFFLINE',
  'BUSY',
])
