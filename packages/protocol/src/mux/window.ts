/** Owns how much a peer may send on a stream: windows that follow bandwidth x round trip, and shrink when nobody reads. */
import type { Limits } from '../limits.ts'

/** What all streams of a link share: unread bytes, window growth, and the shortest round trip seen. */
export class LinkBudget {
  readonly limits: Limits
  /** Bytes received and not yet taken by their consumers. */
  unread = 0
  /** Bytes by which windows have grown beyond the initial size, all streams together. */
  grown = 0
  /** Streams of ours whose peer may fill a whole window although nobody has read from them yet. */
  unproven = 0
  /** Milliseconds; 0 until the first pong. */
  roundTripMs = 0

  constructor(limits: Limits) {
    this.limits = limits
  }

  /** Whether windows must shrink: the bytes that wait, or could come to wait, are over the bound. */
  get pressed(): boolean {
    return this.unread + this.unproven * this.limits.muxWindowPressed > this.limits.muxPressure
  }

  /** The window a stream opened now begins with. */
  get firstWindow(): number {
    return this.pressed ? this.limits.muxWindowPressed : this.limits.muxWindowInitial
  }

  /**
   * Keeps the shortest round trip. What a ping took on a `quiet` link may raise it, a little each time, so that a path that
   * became longer is noticed; on a busy one it measures the queue that these very windows allow, and must not make them larger.
   */
  sample(ms: number, quiet: boolean): void {
    const most = quiet ? this.roundTripMs * 1.25 : this.roundTripMs
    this.roundTripMs = Math.max(this.roundTripMs === 0 ? ms : Math.min(ms, most), 0.01)
  }
}

/** Credit is given back at the latest when this many bytes were consumed, or half of the window. */
const GRANT_BYTES = 128 * 1024
/** On a shorter path the first window is enough for several Gbit/s, and a larger one only makes other streams wait. */
const SHORT_PATH_MS = 0.5

/** The receive window of one stream. */
export class ReceiveWindow {
  readonly #limits: Limits
  readonly #budget: LinkBudget
  #size: number
  /** Bytes the peer may still send. */
  #granted: number
  /** Bytes received and not yet consumed; they stay part of the window, or a slow consumer would gather ever more. */
  #unread = 0
  /** Bytes consumed here and not yet granted again. */
  #owed = 0
  /** Bytes consumed since the last look at the bandwidth. */
  #taken = 0
  #proven = false
  #since: number

  /** `size` is what the peer was told to begin with, in bytes. */
  constructor(budget: LinkBudget, size: number, now: number) {
    this.#limits = budget.limits
    this.#budget = budget
    this.#size = size
    this.#granted = size
    this.#since = now
    budget.unproven++
  }

  get size(): number {
    return this.#size
  }

  /** Counts received bytes; false when the peer sent more than it was granted. */
  received(bytes: number): boolean {
    this.#granted -= bytes
    this.#unread += bytes
    return this.#granted >= 0
  }

  /** Counts bytes the consumer took; answers the credit to send now, or 0. Credit goes back in small parts, so that little of a window ever waits for its grant. */
  consumed(bytes: number, now: () => number): number {
    this.#unread -= bytes
    this.#owed += bytes
    this.#taken += bytes
    if (!this.#proven) this.#prove()
    if (this.#owed < Math.min(this.#size / 2, GRANT_BYTES)) return 0
    this.#resize(now())
    const credit = this.#size - this.#granted - this.#unread
    if (credit <= 0) return 0
    this.#granted += credit
    this.#owed = 0
    return credit
  }

  /** Gives back what the stream held of the link's budget. Call once. */
  release(): void {
    this.#prove()
    this.#budget.grown -= Math.max(0, this.#size - this.#limits.muxWindowInitial)
  }

  #prove(): void {
    if (this.#proven) return
    this.#proven = true
    this.#budget.unproven--
  }

  /** Three times bandwidth x round trip, where bandwidth is what the consumer took in the last one: a full window doubles. */
  #resize(now: number): void {
    const { muxWindowInitial, muxWindowPressed, muxWindowMax } = this.#limits
    if (this.#budget.pressed) return this.#become(muxWindowPressed)
    const elapsed = now - this.#since
    const { roundTripMs } = this.#budget
    if (elapsed < roundTripMs || roundTripMs < SHORT_PATH_MS) return
    const wanted = (3 * this.#taken * roundTripMs) / elapsed
    this.#since = now
    this.#taken = 0
    if (wanted <= this.#size) return this.#become(Math.max(this.#size, muxWindowInitial))
    this.#become(Math.min(wanted, this.#size * 2, muxWindowMax, this.#size + this.#spare()))
  }

  #spare(): number {
    return Math.max(0, this.#limits.muxGrowthBudget - this.#budget.grown)
  }

  #become(size: number): void {
    const extra = (bytes: number): number => Math.max(0, bytes - this.#limits.muxWindowInitial)
    const next = Math.floor(size)
    this.#budget.grown += extra(next) - extra(this.#size)
    this.#size = next
  }
}
