/** Owns a stream that has carried its last request: the host may close it in its own time, but not take for ever. */
import { type Channel, RESET, type Sink } from '@towline/protocol'
import type { EdgeContext } from './context.ts'
import type { Swept } from './sweeper.ts'

/** Sends FIN and waits for the host's; bytes nobody asked for, or too long a wait, become a reset. */
export class Farewell implements Sink, Swept {
  readonly #context: EdgeContext
  readonly #channel: Channel
  readonly #since: number

  constructor(context: EdgeContext, channel: Channel) {
    this.#context = context
    this.#channel = channel
    this.#since = context.sweeper.now
  }

  begin(): void {
    this.#context.sweeper.add(this)
    this.#channel.sink = this
    this.#channel.end()
    this.#channel.resume()
  }

  data(): void {
    this.#channel.reset(RESET.protocol)
  }

  ended(): void {}

  drained(): void {}

  closed(): void {
    this.#context.sweeper.remove(this)
  }

  sweep(now: number): void {
    if (now - this.#since >= this.#context.deps.limits.idleMs) this.abort()
  }

  abort(): void {
    this.#channel.reset(RESET.cancel)
  }
}
