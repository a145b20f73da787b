/** Owns the newest events of a thread, for whoever comes back. */
import { LIMITS } from '@towline/protocol'
import type { FeedEvent } from '../server/subscriber.ts'

export class Ring {
  readonly #max: number
  #kept: FeedEvent[] = []
  #first = 0
  #bytes = 0
  /** Of the newest event that was forgotten, or came before all. */
  #gone: number

  constructor(seq: number, max: number = LIMITS.appServerReplayBytes) {
    this.#gone = seq
    this.#max = max
  }

  add(event: FeedEvent): void {
    this.#kept.push(event)
    this.#bytes += event.text.length
    while (this.#bytes > this.#max && this.#first < this.#kept.length) this.#forget()
    if (this.#first * 2 <= this.#kept.length) return
    this.#kept = this.#kept.slice(this.#first)
    this.#first = 0
  }

  get kept(): readonly FeedEvent[] {
    return this.#kept.slice(this.#first)
  }

  /** Undefined when some of it is not kept. */
  after(seq: number): readonly FeedEvent[] | undefined {
    if (seq < this.#gone) return undefined
    return this.#kept.slice(this.#first + (seq - this.#gone))
  }

  #forget(): void {
    const event = this.#kept[this.#first]
    if (!event) return
    this.#first += 1
    this.#bytes -= event.text.length
    this.#gone = event.seq
  }
}
