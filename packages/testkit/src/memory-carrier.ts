/** Owns a carrier without a socket: as strict as any, so that what passes on it passes on the others. */
import type { Carrier, CarrierEnd, CarrierSink } from '@towline/webtty'

/** What the other end of it does. */
export interface MemoryPeer {
  sent(message: Uint8Array): void
  ended(code: number, reason: string): void
}

const NO_SINK: CarrierSink = { message: () => undefined, drained: () => undefined, closed: () => undefined }

/**
 * Never calls its sink during a call of its own methods. Hands over Buffers, of which `slice` is no copy, as sockets do, and spoils them
 * as soon as the call is over.
 */
export class MemoryCarrier implements Carrier {
  sink: CarrierSink = NO_SINK
  readonly queued = 0
  readonly #peer: MemoryPeer
  readonly #inbox: Uint8Array[] = []
  #paused = true
  /** Nothing is told before the first `resume`: only then is a sink sure to be there. */
  #started = false
  #end: CarrierEnd | undefined
  #closed = false
  #closing = false
  #scheduled = false

  constructor(peer: MemoryPeer) {
    this.#peer = peer
  }

  send(message: Uint8Array): boolean {
    if (!this.#closed && !this.#closing) this.#peer.sent(new Uint8Array(message))
    return true
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#started = true
    this.#schedule()
  }

  close(code: number, reason = ''): void {
    if (this.#closing || this.#closed) return
    this.#closing = true
    this.#peer.ended(code, reason)
    this.end({ code, reason })
  }

  /** A message arrives. */
  deliver(message: Uint8Array): void {
    if (this.#end) return
    this.#inbox.push(Buffer.from(message))
    this.#schedule()
  }

  /** The other end closed it, or it was cut; what arrived before is told before. */
  end(end: CarrierEnd): void {
    this.#end ??= end
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    while (!this.#paused && !this.#closed && this.#inbox.length > 0) {
      const message = this.#inbox.shift() as Uint8Array
      this.sink.message(message)
      message.fill(0xdd)
    }
    // A carrier that was cut tells it even to one who reads nothing.
    if (!this.#started || !this.#end || this.#closed || (this.#inbox.length > 0 && this.#end.code !== 1006)) return
    this.#closed = true
    this.sink.closed(this.#end)
  }
}
