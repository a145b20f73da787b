/** Owns what one connection is told: in order, at once while it reads, and in bounded memory when it does not. */
import { LIMITS } from '@towline/protocol'
import type { Wire, WireSink } from '../rpc/wire.ts'
import type { FeedEvent } from './subscriber.ts'

/** What waits. Deltas that were joined keep the event they begin with and the one they end with. */
interface Waiting {
  bytes: number
  readonly text?: string
  readonly first?: FeedEvent
  lastSeq?: number
  readonly deltas?: string[]
}

/** A wire that remembers what its socket has no room for. */
export class Outbox implements Wire {
  readonly #wire: Wire
  #sink: WireSink | undefined
  #waiting: Waiting[] = []
  #bytes = 0

  constructor(wire: Wire) {
    this.#wire = wire
  }

  get sink(): WireSink | undefined {
    return this.#sink
  }

  set sink(sink: WireSink | undefined) {
    this.#sink = sink
    this.#wire.sink = sink && {
      message: (text) => sink.message(text),
      drained: () => this.#drained(),
      closed: () => {
        this.#forget()
        sink.closed()
      },
    }
  }

  get queued(): number {
    return this.#bytes + this.#wire.queued
  }

  send(text: string): void {
    if (this.#isFree()) return this.#wire.send(text)
    this.#keep({ text, bytes: text.length })
  }

  event(event: FeedEvent): void {
    if (this.#isFree()) return this.#wire.send(event.text)
    if (!this.#join(event)) this.#keep(waitingOf(event))
  }

  pause(): void {
    this.#wire.pause()
  }

  resume(): void {
    this.#wire.resume()
  }

  close(): void {
    this.#wire.close()
  }

  #isFree(): boolean {
    return this.#waiting.length === 0 && this.#wire.queued < LIMITS.appServerSocketBytes
  }

  #drained(): void {
    let taken = 0
    while (taken < this.#waiting.length && this.#wire.queued < LIMITS.appServerSocketBytes) {
      const next = this.#waiting[taken++]
      if (!next) break
      this.#bytes -= next.bytes
      this.#wire.send(textOf(next))
    }
    if (taken > 0) this.#waiting = this.#waiting.slice(taken)
    this.#sink?.drained()
  }

  #join({ joins, delta, seq }: FeedEvent): boolean {
    const last = this.#waiting.at(-1)
    if (!last?.deltas || joins === undefined || delta === undefined || last.first?.joins !== joins) return false
    if (last.bytes + delta.length > LIMITS.appServerJoinedBytes) return false
    last.deltas.push(delta)
    last.lastSeq = seq
    last.bytes += delta.length
    this.#bytes += delta.length
    this.#bound()
    return true
  }

  #keep(waiting: Waiting): void {
    this.#waiting.push(waiting)
    this.#bytes += waiting.bytes
    this.#bound()
  }

  /** The end of an item holds the whole of it, so a reader that is too slow does without its deltas. */
  #bound(): void {
    if (this.#bytes <= LIMITS.appServerOutboxBytes) return
    this.#waiting = this.#waiting.filter(({ deltas }) => deltas === undefined)
    this.#bytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0)
    if (this.#bytes > LIMITS.appServerOutboxBytes) this.#wire.close()
  }

  #forget(): void {
    this.#waiting = []
    this.#bytes = 0
  }
}

const waitingOf = (event: FeedEvent): Waiting => {
  const { text, joins, delta } = event
  if (joins === undefined || delta === undefined) return { text, bytes: text.length }
  return { first: event, lastSeq: event.seq, deltas: [delta], bytes: text.length }
}

/** One message for all that were joined: `seq` of the last, `fromSeq` of the first. */
const textOf = ({ text, first, lastSeq, deltas = [] }: Waiting): string => {
  if (text !== undefined || !first) return text ?? ''
  if (deltas.length === 1) return first.text
  const message = JSON.parse(first.text) as { readonly params: object }
  const params = { ...message.params, delta: deltas.join('') }
  return JSON.stringify({ ...message, params, seq: lastSeq, fromSeq: first.seq })
}
