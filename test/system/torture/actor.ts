/** Owns one end of a tortured stream: it writes, reads, pauses, half-closes and breaks off as chance wants, and checks every byte. */
import type { ByteSocket } from '@towline/base'
import { type Channel, NO_SLAB, SHARED_SLAB, type Sink, type Slab } from '@towline/protocol'
import { bytesAt, type Chance, size } from './pattern.ts'

const CHUNK_MOST = 200 * 1024
const scratch = Buffer.allocUnsafeSlow(CHUNK_MOST)
const SPOILED = 0xee

/** Slabs that somebody still pins; must be 0 when every channel is closed. */
export const pinned = { count: 0 }

/** Memory that is spoiled as soon as nobody pins it any more. */
class SpoilingSlab implements Slab {
  readonly pinnable = true
  readonly bytes: Buffer
  #pins = 1

  constructor(bytes: Buffer) {
    this.bytes = Buffer.from(bytes)
    pinned.count++
  }

  pin(): void {
    if (this.#pins === 0) throw new Error('a slab is pinned that was given back')
    this.#pins++
  }

  unpin(): void {
    this.#pins--
    if (this.#pins < 0) throw new Error('a slab is unpinned once too often')
    if (this.#pins > 0) return
    pinned.count--
    this.bytes.fill(SPOILED)
  }
}

export interface ActorPlan {
  readonly name: string
  /** Streams of bytes: what we write, and what the other end writes. */
  readonly writes: number
  readonly reads: number
  /** Bytes to write before our FIN. */
  readonly total: number
  /** Bytes written after which we reset instead. */
  readonly resetAt?: number | undefined
  /** Bytes read after which we reset, while they are being handed over. */
  readonly resetAtRead?: number | undefined
  /** Our FIN waits for theirs. */
  readonly endsLast: boolean
  readonly next: Chance
}

/** See the head of this file. `over` resolves when the channel is closed. */
export class Actor implements Sink {
  readonly over: Promise<void>
  readonly plan: ActorPlan
  readonly problems: string[] = []
  received = 0
  written = 0
  gotEnd = false
  reset: number | undefined
  isClosed = false
  readonly #channel: Channel
  #waits = false
  #done: () => void = () => {}

  constructor(channel: Channel, plan: ActorPlan) {
    this.#channel = channel
    this.plan = plan
    this.over = new Promise((done) => {
      this.#done = done
    })
  }

  /** Takes the channel over. */
  start(): void {
    this.#channel.sink = this
    this.#channel.resume()
    this.#write()
  }

  data(bytes: Uint8Array, slab: Slab): void {
    if (this.isClosed) this.#problem('bytes after closed')
    if (this.gotEnd) this.#problem('bytes after the end')
    this.#check(bytes, this.received, 'received')
    if (slab.pinnable && this.plan.next() < 0.2) this.#checkLater(bytes, slab, this.received)
    this.received += bytes.length
    if (this.plan.resetAtRead !== undefined && this.received >= this.plan.resetAtRead) return this.#channel.reset()
    if (this.plan.next() < 0.01) this.#bulk()
    if (this.plan.next() < 0.1) this.#rest()
  }

  ended(): void {
    if (this.gotEnd) this.#problem('two ends')
    this.gotEnd = true
    if (this.plan.endsLast) this.#write()
  }

  drained(): void {
    this.#waits = false
    this.#write()
  }

  closed(reset?: number): void {
    if (this.isClosed) this.#problem('closed twice')
    this.isClosed = true
    this.reset = reset
    this.#done()
  }

  #write(): void {
    const { total, resetAt, next } = this.plan
    for (let burst = 0; !this.#waits && !this.isClosed; burst++) {
      if (resetAt !== undefined && this.written >= resetAt) return this.#channel.reset()
      if (this.written === total) return this.#end()
      if (burst > 8 || next() < 0.05) return this.#later(() => this.#write())
      this.#writeChunk(Math.min(size(next, 1, CHUNK_MOST), total - this.written))
    }
  }

  #writeChunk(length: number): void {
    const bytes = bytesAt(this.plan.writes, this.written, length)
    this.written += length
    const how = this.plan.next()
    const more =
      how < 0.3 ? this.#channel.write(bytes, NO_SLAB) : how < 0.6 ? this.#shared(bytes) : this.#pinning(bytes)
    if (!more) this.#waits = true
  }

  #shared(bytes: Buffer): boolean {
    const part = scratch.subarray(0, bytes.copy(scratch))
    const more = this.#channel.write(part, SHARED_SLAB)
    part.fill(SPOILED)
    return more
  }

  #pinning(bytes: Buffer): boolean {
    const slab = new SpoilingSlab(bytes)
    const more = this.#channel.write(slab.bytes, slab)
    slab.unpin()
    return more
  }

  #end(): void {
    if (this.plan.endsLast && !this.gotEnd) return
    this.#channel.end()
    if (this.plan.next() < 0.1) this.#channel.end()
  }

  /** What a socket does when it becomes a link. */
  #bulk(): void {
    if ('bulk' in this.#channel) (this.#channel as ByteSocket).bulk()
  }

  #rest(): void {
    this.#channel.pause()
    this.#later(() => this.#channel.resume())
  }

  #checkLater(bytes: Uint8Array, slab: Slab, at: number): void {
    slab.pin()
    pinned.count++
    this.#later(() => {
      this.#check(bytes, at, 'kept')
      pinned.count--
      slab.unpin()
    })
  }

  #later(act: () => void): void {
    const kind = this.plan.next()
    if (kind < 0.6) setImmediate(act)
    else setTimeout(act, kind < 0.95 ? 1 : 1 + this.plan.next() * 60)
  }

  #check(bytes: Uint8Array, from: number, what: string): void {
    if (Buffer.compare(bytes, bytesAt(this.plan.reads, from, bytes.length)) === 0) return
    const right = bytesAt(this.plan.reads, from, bytes.length)
    const at = right.findIndex((byte, index) => byte !== bytes[index])
    this.#problem(`${what} a wrong byte at ${from + at} (${at} of ${bytes.length})`)
  }

  #problem(what: string): void {
    if (this.problems.length < 5) this.problems.push(`${this.plan.name}: ${what}`)
  }
}
