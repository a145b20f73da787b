/** Owns finding a peer that is gone: pings through everything that carries us, and the round trip they tell. */
import { LIMITS, WEBTTY_CLOSE } from '@towline/protocol'
import type { Carrier } from '../carrier/carrier.ts'
import type { Outbox } from './outbox.ts'

export interface HeartbeatOptions {
  readonly carrier: Carrier
  readonly outbox: Outbox
  /** Whether the peer has said hello; it has webttyHelloMs for it. */
  readonly greeted: () => boolean
}

/** Pings every webttyPingMs; closes with 4408 a peer that was silent for webttySilentMs. */
export class Heartbeat {
  /** The last round trip that was measured, in ms; undefined before the first. */
  roundTripMs: number | undefined
  readonly #options: HeartbeatOptions
  readonly #stops: (() => void)[]
  #probe: ReturnType<typeof setTimeout> | undefined
  #heardAt = performance.now()

  constructor(options: HeartbeatOptions) {
    this.#options = options
    const hello = setTimeout(() => {
      if (!options.greeted()) options.carrier.close(WEBTTY_CLOSE.silent, 'no hello')
    }, LIMITS.webttyHelloMs)
    const beat = setInterval(() => this.#beat(), LIMITS.webttyPingMs)
    hello.unref?.()
    beat.unref?.()
    this.#stops = [() => clearTimeout(hello), () => clearInterval(beat)]
  }

  heard(): void {
    this.#heardAt = performance.now()
  }

  /** The body holds when it was sent, in milliseconds of our own clock. */
  ping(): void {
    const body = new Uint8Array(8)
    new DataView(body.buffer).setFloat64(0, performance.now())
    this.#options.outbox.control({ name: 'ping', stream: 0, body })
  }

  /** See `WebttyConnection.probe`. At most one is under way. */
  probe(): void {
    const askedAt = performance.now()
    if (this.#probe !== undefined || askedAt - this.#heardAt < LIMITS.webttyProbeMs) return
    this.ping()
    this.#probe = setTimeout(() => {
      this.#probe = undefined
      if (this.#heardAt < askedAt) this.#options.carrier.close(WEBTTY_CLOSE.silent, 'nothing was heard')
    }, LIMITS.webttyProbeMs)
    this.#probe.unref?.()
  }

  answered(body: Uint8Array): void {
    const sentAt = new DataView(body.buffer, body.byteOffset, 8).getFloat64(0)
    const ms = performance.now() - sentAt
    if (ms >= 0 && ms < LIMITS.webttySilentMs) this.roundTripMs = ms
  }

  stop(): void {
    for (const stop of this.#stops) stop()
    clearTimeout(this.#probe)
  }

  #beat(): void {
    if (performance.now() - this.#heardAt < LIMITS.webttySilentMs) return this.ping()
    this.#options.carrier.close(WEBTTY_CLOSE.silent, 'nothing was heard')
  }
}
