/** Owns what a side sends: control frames first, output batched into messages, and never more than the carrier should hold. */
import {
  encodeFrame,
  type Fd,
  LIMITS,
  putU32,
  putVarint,
  varintBytes,
  WEBTTY_CLOSE,
  WEBTTY_FRAME,
  type WebttyFrame,
} from '@towline/protocol'
import type { Carrier } from '../carrier/carrier.ts'
import { returnBulk, SLACK_BYTES, takeBulk } from './bulk-buffers.ts'

/** Output below this is a keystroke's echo, not bulk. */
const SMALL_BYTES = 1024
/** A message is filled that far, however short a carrier's pieces are. */
const LEAST_BYTES = 4 * 1024
/** After that long without a message the next output goes at once. */
const QUIET_MS = 4

/** Frames on their way into a carrier. `onRoom` is called when `room` may have become true. */
export class Outbox {
  readonly #carrier: Carrier
  readonly #onRoom: () => void
  /** Bytes of output in one DATA frame at most, and about those of a message. */
  readonly #batch: number
  #control: Uint8Array[] = []
  #controlBytes = 0
  /** Messages of output that are complete and wait for the carrier. */
  #sealed: Uint8Array[] = []
  #sealedBytes = 0
  /** The message that is being written. */
  #open: Uint8Array | undefined
  #at = 0
  /** The DATA frame that was written last into the open message. */
  #last: Extendable | undefined
  /** The carrier took the last message, but no more until `drained`. */
  #blocked = false
  #flushing = false
  #timer = false
  #lastAt = -Infinity
  #lastBytes = 0

  constructor(carrier: Carrier, onRoom: () => void) {
    this.#carrier = carrier
    this.#onRoom = onRoom
    const piece = Math.max((carrier.pieceBytes ?? Infinity) - SLACK_BYTES, LEAST_BYTES)
    this.#batch = Math.min(LIMITS.webttyBatchBytes, piece)
  }

  /** Whether more output may be asked for. */
  get room(): boolean {
    return !this.#blocked && this.#pending <= LIMITS.webttyQueuedBytes
  }

  /** Goes before all output, at the end of this turn. */
  control(frame: WebttyFrame): void {
    const bytes = encodeFrame(frame)
    this.#control.push(bytes)
    this.#controlBytes += bytes.length
    this.#soon()
    if (this.#carrier.queued + this.#controlBytes <= LIMITS.webttyControlBytes) return
    this.#control = []
    this.#controlBytes = 0
    this.#carrier.close(WEBTTY_CLOSE.busy, 'the peer does not read')
  }

  /** As `control`, for input: it may not wait behind output, and its order with control frames is kept. */
  urgent(stream: number, body: { readonly fd: Fd; readonly offset: number; readonly bytes: Uint8Array }): void {
    this.control({ name: 'data', stream, body })
  }

  /** Copies `bytes`, which begin at `offset` of `fd`. No bytes say that output goes on at `offset`. */
  data(
    stream: number,
    { fd, offset, bytes }: { readonly fd: Fd; readonly offset: number; readonly bytes: Uint8Array },
  ): void {
    if (bytes.length === 0) this.#put(stream, [fd, offset], bytes)
    for (let from = 0; from < bytes.length; from += this.#batch) {
      this.#put(stream, [fd, offset + from], bytes.subarray(from, from + this.#batch))
    }
    this.#schedule()
  }

  /** After the output that was given before, at the end of this turn. */
  ordered(frame: WebttyFrame): void {
    const bytes = encodeFrame(frame)
    this.#into(bytes.length).set(bytes, this.#at)
    this.#at += bytes.length
    this.#soon()
  }

  /** The peer has granted no more: what there is is all it gets, so it goes at once. */
  hurry(): void {
    this.#soon()
  }

  /** The carrier takes more. */
  drained(): void {
    this.#blocked = false
    this.flush()
  }

  flush(): void {
    this.#flushControl()
    this.#seal()
    this.#flushOutput()
    if (this.room) this.#onRoom()
  }

  get #pending(): number {
    return this.#sealedBytes + this.#at
  }

  /** Goes on in the frame before it where that ended. */
  #put(stream: number, [fd, offset]: readonly [Fd, number], bytes: Uint8Array): void {
    if (this.#extend(stream, [fd, offset], bytes)) return
    const length = 1 + varintBytes(offset) + bytes.length
    const into = this.#into(1 + varintBytes(stream) + LENGTH_BYTES + length)
    into[this.#at] = WEBTTY_FRAME.data
    const lengthAt = putVarint(into, this.#at + 1, stream)
    putLength(into, lengthAt, length)
    into[lengthAt + LENGTH_BYTES] = fd
    const begin = putVarint(into, lengthAt + LENGTH_BYTES + 1, offset)
    into.set(bytes, begin)
    this.#at = begin + bytes.length
    this.#last = { stream, fd, end: offset + bytes.length, lengthAt, length, at: this.#at }
  }

  #extend(stream: number, [fd, offset]: readonly [Fd, number], bytes: Uint8Array): boolean {
    const into = this.#open
    const from = this.#last
    if (!into || !from || from.at !== this.#at || this.#at + bytes.length > into.length) return false
    if (from.stream !== stream || from.fd !== fd || from.end !== offset || bytes.length === 0) return false
    into.set(bytes, this.#at)
    this.#at += bytes.length
    from.at = this.#at
    from.end += bytes.length
    from.length += bytes.length
    putLength(into, from.lengthAt, from.length)
    return true
  }

  /** A message with room for `bytes` more at `#at`. */
  #into(bytes: number): Uint8Array {
    if (this.#open && this.#at + bytes <= this.#open.length) return this.#open
    this.#seal()
    const bulk = this.#lastBytes >= SMALL_BYTES && performance.now() - this.#lastAt < QUIET_MS
    const most = this.#batch + SLACK_BYTES
    this.#open = takeBulk(bulk ? Math.max(bytes, most) : bytes + SLACK_BYTES)
    return this.#open
  }

  #seal(): void {
    if (!this.#open || this.#at === 0) return
    this.#sealed.push(this.#open.subarray(0, this.#at))
    this.#sealedBytes += this.#at
    this.#open = undefined
    this.#last = undefined
    this.#at = 0
  }

  /** At once when it was quiet, else within webttyBatchMs or when there is a message full. */
  #schedule(): void {
    const pending = this.#pending
    if (pending >= this.#batch) return this.#soon()
    if (this.#timer) return
    const quiet = performance.now() - this.#lastAt >= QUIET_MS
    if (quiet || (pending < SMALL_BYTES && this.#lastBytes < SMALL_BYTES)) return this.#soon()
    this.#timer = true
    setTimeout(() => {
      this.#timer = false
      if (this.#pending > 0) this.flush()
    }, LIMITS.webttyBatchMs)
  }

  #soon(): void {
    if (this.#flushing) return
    this.#flushing = true
    queueMicrotask(() => {
      this.#flushing = false
      this.flush()
    })
  }

  #flushControl(): void {
    const [first] = this.#control
    if (!first) return
    const message = this.#control.length === 1 ? first : joined(this.#control)
    this.#control = []
    this.#controlBytes = 0
    if (!this.#carrier.send(message)) this.#blocked = true
  }

  #flushOutput(): void {
    while (!this.#blocked) {
      const message = this.#sealed.shift()
      if (!message) return
      this.#sealedBytes -= message.length
      this.#lastAt = performance.now()
      this.#lastBytes = message.length
      if (!this.#carrier.send(message)) this.#blocked = true
      returnBulk(message)
    }
  }
}

/** A DATA frame that more output may follow in. */
interface Extendable {
  readonly stream: number
  readonly fd: Fd
  /** Offset of the next byte. */
  end: number
  readonly lengthAt: number
  length: number
  /** Where the frame ends in its message. */
  at: number
}

/** Lengths of output are written in four bytes, so that they can grow. */
const LENGTH_BYTES = 4

const putLength = (into: Uint8Array, at: number, length: number): void => {
  putU32(into, at, length + 0x8000_0000)
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
