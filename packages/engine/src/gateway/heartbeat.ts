/** Owns noticing that the other side of an HTTP/2 session is silent: it is gone, or the session broke without a word. */
import type { Http2Session } from 'node:http2'

/**
 * Pings, and says at each beat for how long the last ping has gone unanswered. Needed even on a healthy network: after
 * some errors of the peer Node neither reads on nor tells, not even that the connection has ended.
 */
export class Heartbeat {
  readonly #timer: NodeJS.Timeout
  /** Beats since the ping under way was sent; undefined when there is none. A timer may be early by less than a millisecond. */
  #unanswered: number | undefined

  constructor(session: Http2Session, everyMs: number, onBeat: (silentMs: number) => void) {
    this.#timer = setInterval(() => {
      if (this.#unanswered !== undefined) this.#unanswered++
      onBeat((this.#unanswered ?? 0) * everyMs)
      if (session.destroyed || session.closed || this.#unanswered !== undefined) return
      this.#unanswered = 0
      session.ping(() => {
        this.#unanswered = undefined
      })
    }, everyMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
