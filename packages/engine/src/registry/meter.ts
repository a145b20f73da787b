/** Owns counting what visitors do with one tunnel. */
import type { TunnelStats } from '@towline/protocol'
import type { Meter } from './live-tunnel.ts'

/** How many of the last answers the percentiles look at (docs/protocol/link.md §4, tunnel.stats). */
const WINDOW = 128

export type Figures = Omit<TunnelStats, 'type' | 'tunnelId'>

/** What visitors used of a tunnel. */
interface Used {
  connections: number
  requests: number
  bytes: number
}

/** Counts, and the times of the last answers. */
export class TunnelMeter implements Meter {
  readonly #times = new Float64Array(WINDOW)
  #answers = 0
  #active = 0
  #requests = 0
  #changed = false
  #used: Used = { connections: 0, requests: 0, bytes: 0 }

  /** A stream to the host was opened. */
  opened(): void {
    this.#used.connections++
  }

  /** So many bytes went through, either way. */
  moved(bytes: number): void {
    this.#used.bytes += bytes
  }

  /** What was used since the last call. */
  takeUsed(): Readonly<Used> {
    const used = this.#used
    this.#used = { connections: 0, requests: 0, bytes: 0 }
    return used
  }

  began(): void {
    this.#active++
    this.#requests++
    this.#used.requests++
    this.#changed = true
  }

  answered(ms: number): void {
    this.#times[this.#answers % WINDOW] = ms
    this.#answers++
    this.#changed = true
  }

  ended(): void {
    if (this.#active === 0) return
    this.#active--
    this.#changed = true
  }

  figures(): Figures {
    const times = this.#times.slice(0, Math.min(this.#answers, WINDOW)).sort()
    return { active: this.#active, requests: this.#requests, p50Ms: at(times, 0.5), p99Ms: at(times, 0.99) }
  }

  /** The figures when they changed since the last call. */
  takeChanged(): Figures | undefined {
    if (!this.#changed) return undefined
    this.#changed = false
    return this.figures()
  }
}

/** Nearest rank, in hundredths of a millisecond; 0 when there is nothing yet. */
const at = (sorted: Float64Array, share: number): number =>
  Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 100) / 100
