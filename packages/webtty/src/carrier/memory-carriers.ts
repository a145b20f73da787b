/** Owns two carriers in memory that are each other's far end: both sides in one process, and tests. */
import { copyOf, LIMITS, WEBTTY_CLOSE } from '@towline/protocol'
import type { Carrier, CarrierEnd, CarrierSink } from './carrier.ts'
import { IDLE_CARRIER_SINK } from './idle-sink.ts'

/** With one more message it is full. */
const FULL_BYTES = LIMITS.webttyQueuedBytes - LIMITS.webttyBatchBytes

/** One end; messages arrive in a later microtask. */
class MemoryCarrier implements Carrier {
  sink: CarrierSink = IDLE_CARRIER_SINK
  far: MemoryCarrier | undefined
  #inbox: Uint8Array[] = []
  #inboxBytes = 0
  #end: CarrierEnd | undefined
  #paused = true
  #running = false
  #full = false
  #over = false

  get queued(): number {
    return this.far?.inboxBytes ?? 0
  }

  get inboxBytes(): number {
    return this.#inboxBytes
  }

  send(message: Uint8Array): boolean {
    if (this.#over || !this.far) return true
    this.far.take(message)
    this.#full ||= this.queued > FULL_BYTES
    return !this.#full
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#later()
  }

  close(code: number, reason = ''): void {
    if (this.#over) return
    this.far?.finish({ code, reason })
    this.#tell({ code, reason })
  }

  /** The connection breaks: what is under way is lost. */
  cut(): void {
    for (const end of [this, this.far]) end?.drop()
  }

  drop(): void {
    this.#inbox = []
    this.#inboxBytes = 0
    this.#tell({ code: WEBTTY_CLOSE.cut, reason: 'the connection broke' })
  }

  take(message: Uint8Array): void {
    if (this.#over) return
    this.#inbox.push(copyOf(message))
    this.#inboxBytes += message.length
    this.#later()
  }

  finish(end: CarrierEnd): void {
    this.#end ??= end
    this.#later()
  }

  wasRead(): void {
    if (!this.#full || this.queued > FULL_BYTES / 2) return
    this.#full = false
    this.sink.drained()
  }

  #later(): void {
    if (!this.#running) queueMicrotask(() => this.#run())
  }

  #run(): void {
    if (this.#running) return
    this.#running = true
    while (!this.#paused && this.#inbox.length > 0) {
      const message = this.#inbox.shift() as Uint8Array
      this.#inboxBytes -= message.length
      this.sink.message(message)
      this.far?.wasRead()
    }
    this.#running = false
    if (this.#end && this.#inbox.length === 0) this.#tell(this.#end)
  }

  #tell(end: CarrierEnd): void {
    if (this.#over) return
    this.#over = true
    const { sink } = this
    this.sink = IDLE_CARRIER_SINK
    sink.closed(end)
  }
}

/** Two ends, both paused; `cut` breaks the connection between them. */
export const memoryCarriers = (): { readonly near: Carrier; readonly far: Carrier; readonly cut: () => void } => {
  const near = new MemoryCarrier()
  const far = new MemoryCarrier()
  near.far = far
  far.far = near
  return { near, far, cut: () => near.cut() }
}
