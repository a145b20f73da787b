/** Owns channels in memory, and what a test hears and says over one. */
import type { Socket } from 'node:net'
import { type Channel, IDLE_SINK, NO_SLAB, RESET, type Sink } from '@towline/protocol'
import type { VisitorSocket } from './context.ts'

const FULL_BYTES = 64 * 1024
/** How long a test waits for what must come. */
export const DEADLINE_MS = 5_000

/** One end of a pair. What is written comes out of the other end in a later turn. */
export class MemoryChannel implements VisitorSocket {
  sink: Sink = IDLE_SINK
  peer!: MemoryChannel
  paused = true
  settled = false
  /** Bytes written here that the peer has not taken. */
  waiting = 0
  mostWaiting = 0
  #queue: Uint8Array[] = []
  #owesDrain = false
  #ending = false
  #sentEnd = false
  #gotEnd = false
  #over = false
  #scheduled = false

  static pair(): [MemoryChannel, MemoryChannel] {
    const [a, b] = [new MemoryChannel(), new MemoryChannel()]
    a.peer = b
    b.peer = a
    return [a, b]
  }

  /** `end` was called. */
  get ending(): boolean {
    return this.#ending
  }

  write(bytes: Uint8Array): boolean {
    if (this.#over || this.#ending || bytes.length === 0) return true
    this.#queue.push(Uint8Array.from(bytes))
    this.waiting += bytes.length
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting)
    this.peer.schedule()
    if (this.waiting < FULL_BYTES) return true
    this.#owesDrain = true
    return false
  }

  end(): void {
    this.#ending = true
    this.peer.schedule()
  }

  reset(code: number = RESET.cancel): void {
    if (this.#over) return
    queueMicrotask(() => this.peer.finish(code))
    this.finish(code)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.schedule()
  }

  settle(): void {
    this.settled = true
  }

  detach(head: Uint8Array): Socket {
    if (this.settled) throw new Error('settled')
    this.#over = true
    return { head: Buffer.from(head).toString('latin1') } as unknown as Socket
  }

  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#take()
    })
  }

  finish(code: number | undefined): void {
    if (this.#over) return
    this.#over = true
    this.sink.closed(code)
  }

  #take(): void {
    const from = this.peer
    while (!this.paused && !this.#over) {
      const bytes = from.#queue.shift()
      if (!bytes) break
      from.waiting -= bytes.length
      this.sink.data(bytes, NO_SLAB)
    }
    if (from.#owesDrain && from.#queue.length === 0) {
      from.#owesDrain = false
      if (!from.#over && !from.#ending) from.sink.drained()
    }
    if (this.paused || this.#over || !from.#ending || from.#queue.length > 0 || this.#gotEnd) return
    this.#gotEnd = true
    from.#sentEnd = true
    this.sink.ended()
    for (const end of [this, from]) if (end.#gotEnd && end.#sentEnd) end.finish(undefined)
  }
}

/** Collects what comes out of a channel and lets a test wait for it. */
export class Wire implements Sink {
  received = ''
  hasEnded = false
  /** `open`, `closed`, or the reset code. */
  state: 'open' | 'closed' | number = 'open'
  readonly channel: Channel
  #waiters: (() => void)[] = []

  constructor(channel: Channel) {
    this.channel = channel
    channel.sink = this
    channel.resume()
  }

  send(text: string): void {
    this.channel.write(Buffer.from(text, 'latin1'))
  }

  data(bytes: Uint8Array): void {
    this.received += Buffer.from(bytes).toString('latin1')
    this.#tell()
  }

  ended(): void {
    this.hasEnded = true
    this.#tell()
  }

  drained(): void {}

  closed(reset?: number): void {
    this.state = reset ?? 'closed'
    this.#tell()
  }

  /** Waits until the text has come and answers everything up to its end, taking it away. */
  async until(text: string): Promise<string> {
    await this.when(() => this.received.includes(text), `"${text}"`)
    const end = this.received.indexOf(text) + text.length
    const taken = this.received.slice(0, end)
    this.received = this.received.slice(end)
    return taken
  }

  /** Waits for the end, in order or not, and answers what came before. */
  async rest(): Promise<string> {
    await this.when(() => this.hasEnded || this.state !== 'open', 'the end')
    return this.received
  }

  async when(happened: () => boolean, what: string): Promise<void> {
    const late = { yes: false }
    const timer = setTimeout(() => {
      late.yes = true
      this.#tell()
    }, DEADLINE_MS)
    while (!happened() && !late.yes) await new Promise<void>((resolve) => this.#waiters.push(resolve))
    clearTimeout(timer)
    if (!happened()) throw new Error(`${what} did not come; there is ${JSON.stringify(this.received)}`)
  }

  #tell(): void {
    for (const waiter of this.#waiters.splice(0)) waiter()
  }
}
