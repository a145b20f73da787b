/** Owns how often a device may ask whether it was approved: `interval` and `slow_down` (RFC 8628 §3.5). */
import type { Limits } from '@towline/protocol'
import { sha256 } from './record-id.ts'

/** What slow_down adds for good. */
const SLOWER_SECONDS = 5
/** A poll that is early by a timer's inaccuracy is not. */
const TOLERANCE_MS = 250

interface Poll {
  readonly atMs: number
  readonly intervalSeconds: number
}

/** The polls of pending device codes, by the hash of the code. */
export class Polling {
  readonly #last = new Map<string, Poll>()
  readonly #limits: Limits
  /** Milliseconds since the epoch. */
  readonly #clock: () => number

  constructor(limits: Limits, clock: () => number) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Notes a poll of a pending code; false when it came too soon. */
  inTime(deviceCode: string): boolean {
    const key = sha256(deviceCode)
    const atMs = this.#clock()
    const last = this.#last.get(key)
    const early = last !== undefined && atMs - last.atMs < last.intervalSeconds * 1000 - TOLERANCE_MS
    const interval = last?.intervalSeconds ?? this.#limits.devicePollSeconds
    this.#last.delete(key)
    this.#last.set(key, { atMs, intervalSeconds: early ? interval + SLOWER_SECONDS : interval })
    this.#trim()
    return !early
  }

  #trim(): void {
    const [oldest] = this.#last.keys()
    if (this.#last.size > this.#limits.rateKeys && oldest !== undefined) this.#last.delete(oldest)
  }
}
