/** Owns one visitor connection: request after request in order, each to its tunnel, until either side is done. */
import { AppError, RESET, SHARED_SLAB, type Sink, type Slab } from '@towline/protocol'
import type { LiveTunnel } from '../registry/live-tunnel.ts'
import type { EdgeContext, EdgeDeps } from './context.ts'
import { Door } from './door.ts'
import type { Exchange } from './exchange.ts'
import { Forwarding } from './forwarding.ts'
import { EXPECT, type RequestHead } from './h1/request-head.ts'
import { Inbox, type InboxOwner } from './inbox.ts'
import { Repeatable } from './repeatable.ts'
import { requestId } from './request-ids.ts'
import { type Sending, sendRequest } from './sending.ts'
import type { Swept } from './sweeper.ts'
import { errorOf, type Loss, Upstream, type UpstreamOwner } from './upstream.ts'
import type { VisitorEnd } from './visitor-end.ts'

/** What the next request waits for. */
const WAIT = {
  nothing: 0,
  /** A check, or a host that is away. */
  door: 1,
  /** Earlier answers, or room for a page. */
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
  readonly #visitor: VisitorEnd
  readonly #door: Door
  readonly #inbox: Inbox
  readonly #forwarding: Forwarding
  readonly #repeatable = new Repeatable()
  #upstream: Upstream | undefined
  #phase: (typeof PHASE)[keyof typeof PHASE] = PHASE.http
  #wait: (typeof WAIT)[keyof typeof WAIT] = WAIT.nothing
  /** The visitor sent its last byte. */
  #sawEnd = false
  /** The stream asked us to wait, so we do not read from the visitor. */
  #streamFull = false
  /** When what we wait for began: the next head, an answer, the end. Milliseconds. */
  #since: number
  /** How long the visitor may take to close after our last word. */
  #closingMs = 0

  constructor(context: EdgeContext, end: VisitorEnd) {
    this.#context = context
    this.#visitor = end
    this.#door = new Door(context, end.visitor, { wake: () => this.#wake(), cut: () => this.#cut() })
    this.#inbox = new Inbox(this, context.request, context.deps.limits)
    this.#forwarding = new Forwarding(end.visitor)
    this.#since = context.deps.clock()
  }

  /** Begins with the bytes that were read already. */
  start(first: Uint8Array): void {
    this.#context.sweeper.add(this)
    this.#visitor.open(this)
    this.#inbox.push(first, SHARED_SLAB)
    this.#steer()
  }

  abort(): void {
    this.#inbox.stop()
    this.#visitor.reset()
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
    else this.#steer()
  }

  drained(): void {
    this.#visitor.stalledAt = undefined
    this.#upstream?.resume()
    if (this.#wait === WAIT.turn && !this.#busy) this.#next()
  }

  closed(reset?: number): void {
    const inOrder = reset === undefined && (this.#phase === PHASE.raw || !this.#busy)
    this.#leave()
    this.#takePending(inOrder ? undefined : RESET.cancel)
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
    const exchange = this.#pending.at(-1)
    if (!done || !exchange) return
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
    if (!this.#visitor.write(bytes, slab)) this.#upstream?.pause()
  }

  writable(): void {
    this.#streamFull = false
    this.#steer()
  }

  answered(exchange: Exchange, reusable: boolean): void {
    const upstream = this.#upstream as Upstream
    upstream.live.meter.ended()
    this.#since = this.#context.sweeper.now
    if (exchange.line !== undefined) this.#logAnswer(exchange, upstream.live)
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
    this.#visitor.end()
  }

  lost(upstream: Upstream, loss: Loss): void {
    if (upstream !== this.#upstream) return
    if (this.#phase === PHASE.raw) return void (loss !== undefined && this.abort())
    const repeats = upstream.mayRepeat(loss)
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
    const { stalledAt } = this.#visitor
    if (stalledAt !== undefined && now - stalledAt >= limits.writeStallMs) return this.abort()
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

  get #pending(): readonly Exchange[] {
    return this.#upstream?.pending ?? NO_EXCHANGES
  }

  get #busy(): boolean {
    return this.#pending.length > 0
  }

  #read(bytes: Uint8Array, slab: Slab): void {
    const between = !this.#inbox.started && !this.#busy
    this.#inbox.push(bytes, slab)
    if (between && this.#inbox.started) this.#since = this.#context.sweeper.now
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
    if (!this.#door.enters(this.#busy)) return this.#hold(WAIT.turn)
    const id = requestId()
    const upstream = this.#upstreamFor(live, head, id)
    if (!upstream) return false
    this.#send(upstream, {
      head,
      end,
      requestId: id,
      visitor: this.#visitor.visitor,
      forwarding: this.#forwarding,
      repeatable: this.#repeatable,
    })
    return true
  }

  /** The stream for a request: the one at hand, or a new one once earlier answers are through. Holds when there is none yet. */
  #upstreamFor(live: LiveTunnel, head: RequestHead, id: string): Upstream | undefined {
    const current = this.#upstream
    const busy = this.#pending.length
    const fits = current?.live === live && busy < this.#context.deps.limits.pipelinedRequests
    if (busy > 0 && (!fits || head.upgrade)) return void this.#hold(WAIT.turn)
    if (fits) return current
    this.#takePending()
    const upstream = new Upstream(live, this, this.#context)
    try {
      upstream.open(this.#visitor.visitor, id)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'TUNNEL_OFFLINE') throw error
      this.#door.hold(live)
      return void this.#hold(WAIT.door)
    }
    if (this.#visitor.stalledAt !== undefined) upstream.pause()
    this.#upstream = upstream
    return upstream
  }

  #send(upstream: Upstream, sending: Sending): void {
    const { head } = sending
    this.#since = this.#context.sweeper.now
    this.#door.forget()
    this.#visitor.settle()
    this.#inbox.expectBody(head)
    if (head.upgrade) this.#hold(WAIT.upgrade)
    else if (head.close && !head.hasBody) this.#inbox.stop()
    if (!sendRequest(this.#context, upstream, sending)) this.#streamFull = true
  }

  #handOver(head: RequestHead, to: EdgeDeps['gateway']): boolean {
    if (this.#busy) return this.#hold(WAIT.turn)
    if (!to) throw new AppError('HOST_REFUSED')
    const socket = this.#visitor.detach(Buffer.from(head.bytes.subarray(head.start)))
    this.#leave()
    to(socket)
    return true
  }

  #toStream(bytes: Uint8Array, slab: Slab): void {
    if (this.#upstream && !this.#upstream.write(bytes, slab)) this.#streamFull = true
  }

  // refusals

  /** Answers with a page of ours, after the answers that are still due. The connection lives on when framing is certain. */
  #refuse(error: unknown, head?: RequestHead): boolean {
    if (this.#busy || this.#visitor.stalledAt !== undefined) return this.#hold(WAIT.turn)
    const close = !head || head.hasBody || head.close
    const host = head ? this.#forwarding.host : ''
    const headOnly = head?.method === 'HEAD'
    const { projectId } = this.#door
    this.#visitor.page(error, { requestId: requestId(), host, projectId, accept: head?.accept, headOnly, close })
    this.#door.forget()
    this.#repeatable.isSecond()
    this.#since = this.#context.sweeper.now
    if (close) this.#close(this.#context.deps.limits.idleMs)
    return true
  }

  /** The oldest request gets a page for its answer, unless that has begun; those behind it are lost with the connection. */
  #fail(pending: readonly Exchange[], error: unknown): void {
    const { started, close: last, bodyDone, requestId: id, host, accept, headOnly } = pending[0] as Exchange
    if (started) return this.abort()
    const close = last || !bodyDone || pending.length > 1
    this.#visitor.page(error, { requestId: id, host, accept, headOnly, close })
    if (close) this.#close(this.#context.deps.limits.idleMs)
    else this.#next()
  }

  /** What runs on a credential that was revoked is over; on a connection that rests, the next request is asked anew. */
  #cut(): void {
    if (this.#phase === PHASE.raw) return this.abort()
    const pending = this.#takePending(RESET.cancel)
    if (pending.length > 0) this.#fail(pending, new AppError('UNAUTHENTICATED'))
  }

  #logAnswer({ requestId: id, host, line, status, startedAt, told }: Exchange, { tunnel }: LiveTunnel): void {
    const { deps, reports } = this.#context
    const { address } = this.#visitor.visitor
    if (deps.log.isLevelEnabled('debug')) {
      deps.log.debug({ requestId: id, host, line, status, ms: deps.clock() - startedAt }, 'request')
    }
    if (told)
      reports.tell({ requestId: id, host, line, status, startedAt, address, tunnel, projectId: tunnel.projectId })
  }

  // state

  #hold(wait: (typeof WAIT)[keyof typeof WAIT]): false {
    this.#wait = wait
    this.#inbox.hold()
    return false
  }

  /** The door may open now. */
  #wake(): void {
    this.#wait = WAIT.nothing
    this.#next()
  }

  /** Nothing is due any more: the next request may come. */
  #next(): void {
    this.#since = this.#context.sweeper.now
    if (this.#wait === WAIT.door) return
    this.#wait = WAIT.nothing
    this.#inbox.go()
    this.#steer()
  }

  /** Reads from the visitor or not, and says our last word when the visitor has said its own. */
  #steer(): void {
    if (this.#sawEnd) this.#afterEnd()
    if (this.#phase === PHASE.over) return
    const takes = this.#phase === PHASE.raw || this.#inbox.wantsMore
    this.#visitor.read(this.#phase === PHASE.closing || (takes && !this.#streamFull))
  }

  /** No further byte comes: the service hears so, and with the last answer the visitor does. Half a body is no request. */
  #afterEnd(): void {
    if (this.#phase !== PHASE.http || this.#wait !== WAIT.nothing) return
    if (this.#inbox.bodyOpen) this.abort()
    else if (this.#busy) this.#upstream?.end()
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
    this.#takePending(complete ? undefined : RESET.cancel)
    this.#visitor.end()
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

  #leave(): void {
    this.#phase = PHASE.over
    this.#context.sweeper.remove(this)
    this.#door.close()
    this.#inbox.stop()
  }
}
