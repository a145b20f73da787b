/** Owns one stream to a tunnel's service: the requests in flight on it, and following their answers byte by byte. */
import {
  AppError,
  type Channel,
  type ErrorCode,
  IDLE_SINK,
  NO_SLAB,
  RESET,
  resetError,
  SHARED_SLAB,
  type Sink,
  type Slab,
} from '@towline/protocol'
import type { LiveTunnel } from '../registry/live-tunnel.ts'
import type { EdgeContext } from './context.ts'
import type { Exchange } from './exchange.ts'
import { Farewell } from './farewell.ts'
import { Body } from './h1/body.ts'
import { INCOMPLETE } from './h1/fields.ts'
import type { ResponseHead } from './h1/response-head.ts'
import { passesVerbatim, writeResponse } from './h1/write-response.ts'
import { Kept } from './kept.ts'
import type { Visitor } from './visitor.ts'

/** A body that comes with its head is copied behind it up to this many bytes, to save a write. */
const JOIN_BYTES = 8 * 1024

/** Why an upstream is over: a reset code, nothing for an orderly end, or an answer we cannot pass on. */
export type Loss = number | AppError | undefined

/** Who sent the requests. */
export interface UpstreamOwner {
  deliver(bytes: Uint8Array, slab: Slab): void
  /** The stream takes bytes again. */
  writable(): void
  /** An answer is complete. `reusable` tells whether the stream may carry another request. */
  answered(exchange: Exchange, reusable: boolean): void
  /** 101 was passed on: from now on both sides are raw bytes. */
  upgraded(): void
  /** After an upgrade: the service sent its last byte. */
  rawEnded(): void
  /** The stream is over; unanswered requests are still in `pending`. */
  lost(upstream: Upstream, loss: Loss): void
}

/** See the file's head. */
export class Upstream implements Sink {
  readonly live: LiveTunnel
  /** Sent and not fully answered, oldest first. */
  readonly pending: Exchange[] = []
  /** Requests answered on this stream. */
  answers = 0
  readonly #owner: UpstreamOwner
  readonly #context: EdgeContext
  readonly #body: Body
  readonly #partial: Kept
  #channel: Channel | undefined
  #inBody = false
  /** The service will close after the answer it is giving. */
  #closes = false
  #raw = false
  #over = false
  /** The stream itself is closed. */
  #gone = false

  constructor(live: LiveTunnel, owner: UpstreamOwner, context: EdgeContext) {
    this.live = live
    this.#owner = owner
    this.#context = context
    this.#body = new Body(context.deps.limits, false)
    this.#partial = new Kept(context.deps.limits.responseHeadBytes)
  }

  /** Throws AppError TUNNEL_OFFLINE or BUSY. */
  open({ address, port }: Visitor, requestId: string): void {
    const from = `${address.includes(':') ? `[${address}]` : address}:${port}`
    this.#channel = this.live.open({ from, requestId }, this)
  }

  /** Whether its requests may be sent again, as browsers do: it was a reused stream or its link broke, and none was answered. */
  mayRepeat(loss: Loss): boolean {
    const again = this.answers > 0 ? !(loss instanceof AppError) : loss === RESET.linkLost
    return again && this.pending.every((exchange) => exchange.mayRepeat)
  }

  /** Sends a request's head, whose memory the caller reuses. False asks to stop until `writable`. */
  send(exchange: Exchange, head: Uint8Array): boolean {
    this.pending.push(exchange)
    return this.write(head, SHARED_SLAB)
  }

  write(bytes: Uint8Array, slab: Slab): boolean {
    return this.#channel?.write(bytes, slab) ?? true
  }

  pause(): void {
    this.#channel?.pause()
  }

  resume(): void {
    this.#channel?.resume()
  }

  /** Our last byte was sent; answers still come. */
  end(): void {
    this.#channel?.end()
  }

  /** Lets go of the stream without a word to the owner: in order, or with a reset code. */
  release(reset?: number): void {
    if (this.#over) return
    this.#over = true
    const channel = this.#channel
    if (!channel) return
    if (reset === undefined && !this.#gone) return new Farewell(this.#context, channel).begin()
    channel.sink = IDLE_SINK
    if (reset !== undefined) channel.reset(reset)
  }

  data(bytes: Uint8Array, slab: Slab): void {
    if (this.#over) return
    if (this.#raw) return this.#owner.deliver(bytes, slab)
    try {
      if (this.#partial.length === 0) this.#follow(bytes, slab)
      else this.#goOn(bytes)
    } catch (error) {
      this.#invalid(error)
    }
  }

  ended(): void {
    if (this.#over) return
    if (this.#raw) return this.#owner.rawEnded()
    const first = this.pending[0]
    if (first && this.#inBody && this.#body.untilClose) this.#finish(first, false)
    else this.#lose(undefined)
  }

  drained(): void {
    if (!this.#over) this.#owner.writable()
  }

  closed(reset?: number): void {
    this.#gone = true
    if (!this.#over) this.#lose(reset)
  }

  #lose(loss: Loss): void {
    this.release(loss === undefined ? undefined : RESET.cancel)
    this.#owner.lost(this, loss)
  }

  #invalid(error: unknown): void {
    if (!(error instanceof AppError)) throw error
    const invalid = error.code === 'UPSTREAM_INVALID' ? error : new AppError('UPSTREAM_INVALID', error.details)
    this.release(RESET.protocol)
    this.#owner.lost(this, invalid)
  }

  #goOn(bytes: Uint8Array): void {
    this.#partial.append(bytes)
    if (!this.#partial.ripe) return
    const whole = this.#partial.view()
    this.#partial.clear()
    this.#follow(whole, NO_SLAB)
  }

  /** `from` is the first byte that has not gone to the visitor, `pos` the first that is not understood. */
  #follow(bytes: Uint8Array, slab: Slab): void {
    let from = 0
    let pos = 0
    while (pos < bytes.length && !this.#over) {
      const exchange = this.pending[0]
      if (!exchange) return this.#lose(undefined)
      if (!this.#inBody) {
        const end = this.#parse(exchange, bytes, pos)
        if (end === INCOMPLETE) {
          this.#pass(bytes, slab, { from, to: pos })
          return this.#partial.append(bytes.subarray(pos))
        }
        const head = this.#context.response
        if (head.status === 101) return this.#upgrade(exchange, bytes.subarray(pos), slab)
        if (head.interim) {
          if (exchange.old) {
            this.#pass(bytes, slab, { from, to: pos })
            from = end
          }
          pos = end
          continue
        }
        if (this.#begin(exchange, head)) pos = end
        else {
          this.#pass(bytes, slab, { from, to: pos })
          pos = this.#rewrite(exchange, bytes, end)
          from = pos
        }
      }
      pos = this.#body.take(bytes, pos, bytes.length)
      if (!this.#body.done) continue
      this.#pass(bytes, slab, { from, to: pos })
      from = pos
      this.#finish(exchange, pos === bytes.length || this.pending.length > 1)
    }
    if (!this.#over) this.#pass(bytes, slab, { from, to: pos })
  }

  #pass(bytes: Uint8Array, slab: Slab, { from, to }: { readonly from: number; readonly to: number }): void {
    if (from === to) return
    this.#owner.deliver(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), slab)
  }

  #parse(exchange: Exchange, bytes: Uint8Array, pos: number): number {
    if (!exchange.touched) {
      exchange.touched = true
      this.live.meter.answered(this.#context.deps.clock() - exchange.startedAt)
    }
    const head = this.#context.response
    const end = head.parse(bytes, pos, bytes.length)
    if (end !== INCOMPLETE && head.status === 100) exchange.continued = true
    return end
  }

  /** A switch of protocols that was not asked for would leave HTTP behind the visitor's back. */
  #upgrade(exchange: Exchange, bytes: Uint8Array, slab: Slab): void {
    if (!exchange.upgrade)
      throw new AppError('UPSTREAM_INVALID', {
        problem: '101 without an upgrade',
      })
    this.#raw = true
    exchange.started = true
    exchange.status = 101
    this.#owner.deliver(bytes, slab)
    this.#owner.upgraded()
  }

  /** Settles the framing of the answer; true when its head passes as it is. */
  #begin(exchange: Exchange, head: ResponseHead): boolean {
    this.#frame(exchange, head)
    const untilClose = this.#body.untilClose
    this.#inBody = true
    this.#closes = untilClose || head.connection.close || (head.minor === 0 && !head.connection.keepAlive)
    exchange.last = exchange.close || untilClose || (exchange.expects && !exchange.continued && !exchange.bodyDone)
    exchange.status = head.status
    exchange.started = true
    return passesVerbatim(head, exchange.last)
  }

  /** RFC 9112 §6.3. */
  #frame(exchange: Exchange, head: ResponseHead): void {
    if (exchange.headOnly || head.status === 204 || head.status === 304) this.#body.startNone()
    else if (head.chunked && exchange.old)
      throw new AppError('UPSTREAM_INVALID', {
        problem: 'chunks for HTTP/1.0',
      })
    else if (head.chunked) this.#body.startChunked()
    else if (head.length >= 0) this.#body.startLength(head.length)
    else this.#body.startUntilClose()
  }

  /** Sends the head as ours, with the body bytes at hand; answers where the bytes go on that have not gone out. */
  #rewrite(exchange: Exchange, bytes: Uint8Array, end: number): number {
    const rest = bytes.length - end
    const { response, kept } = this.#context
    writeResponse(response, exchange.last, JOIN_BYTES, kept)
    const joined = rest <= JOIN_BYTES ? this.#body.take(bytes, end, bytes.length) : end
    kept.copy(bytes, end, joined)
    this.#owner.deliver(kept.keep(), NO_SLAB)
    return joined
  }

  /** Bytes that nobody asked for make the stream useless for a next request. */
  #finish(exchange: Exchange, clean: boolean): void {
    this.#inBody = false
    this.answers++
    this.pending.shift()
    if (!clean) this.release(RESET.protocol)
    this.#owner.answered(exchange, clean && !this.#closes)
  }
}

/** Resets that mean something to a visitor; the others are between engine and host. */
const FOR_VISITORS = [
  'UPSTREAM_REFUSED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_RESET',
  'TUNNEL_UNKNOWN',
  'TUNNEL_OFFLINE',
  'BUSY',
] as const satisfies readonly ErrorCode[]

/** What a visitor is told about a loss before any answer. */
export const errorOf = (loss: Loss): AppError => {
  if (loss instanceof AppError) return loss
  const told = resetError(loss)
  return new AppError(FOR_VISITORS.find((code) => code === told) ?? 'UPSTREAM_RESET')
}
