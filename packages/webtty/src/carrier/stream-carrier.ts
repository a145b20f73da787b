/** Owns messages over a byte stream: u32 length (big-endian) and the message; a length with its top bit set is the close (docs/protocol/webtty.md §2). */
import { type Channel, copyOf, LIMITS, putU32, SHARED_SLAB, WEBTTY_CLOSE, WEBTTY_PREFACE } from '@towline/protocol'
import type { Carrier, CarrierEnd, CarrierSink } from './carrier.ts'
import { closeBody, readCloseBody } from './close-body.ts'
import { IDLE_CARRIER_SINK } from './idle-sink.ts'
import { MessageReader } from './message-reader.ts'

/** Marks the last record of a direction: u16 code and a reason in UTF-8. */
const CLOSE_BIT = 0x8000_0000

const LENGTH_BYTES = 4
/** Below this a copy costs less than a second write. */
const COPIED_BYTES = 16 * 1024

/** See {@link streamCarrier}. */
class StreamCarrier implements Carrier {
  sink: CarrierSink = IDLE_CARRIER_SINK
  readonly #channel: Channel
  readonly #reader: MessageReader
  /** Messages that wait for the channel, with their bytes. */
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  /** Bytes that the channel took while it asked to stop; 0 when it takes more. */
  #taken = 0
  #closing = false
  #gotFin = false
  #over = false
  #told = false
  #linger: ReturnType<typeof setTimeout> | undefined

  constructor(channel: Channel, head: Uint8Array) {
    this.#channel = channel
    this.#reader = new MessageReader({
      message: (bytes) => this.sink.message(bytes),
      close: (body) => this.#onClose(readCloseBody(body)),
      tooLong: () => this.close(WEBTTY_CLOSE.tooLong, 'a message is too long'),
    })
    channel.sink = {
      data: (bytes) => this.#onData(bytes),
      ended: () => this.#onEnded(),
      drained: () => this.#onDrained(),
      closed: () => this.#onClosed(),
    }
    if (head.length > 0) this.#reader.push(head)
  }

  get queued(): number {
    return this.#taken + this.#waitingBytes
  }

  send(message: Uint8Array): boolean {
    if (this.#closing || this.#over) return true
    if (this.#taken === 0) return this.#write(message)
    this.#waiting.push(copyOf(message))
    this.#waitingBytes += message.length
    return false
  }

  pause(): void {
    this.#reader.paused = true
    this.#channel.pause()
  }

  resume(): void {
    if (this.#over) return
    this.#reader.resume()
    if (this.#reader.paused) return
    if (this.#gotFin) this.#onEnded()
    this.#channel.resume()
  }

  close(code: number, reason = ''): void {
    if (this.#closing || this.#over) return
    this.#flush()
    this.#closing = true
    this.#reader.stop()
    const body = closeBody(code, reason)
    this.#channel.write(record(body, body.length + CLOSE_BIT))
    this.#channel.end()
    this.#channel.resume()
    this.#linger = setTimeout(() => this.#channel.reset(), LIMITS.webttyLingerMs)
    this.#linger.unref?.()
    this.#tell({ code, reason })
  }

  #write(message: Uint8Array): boolean {
    const took = this.#put(message)
    if (!took) this.#taken = message.length + LENGTH_BYTES
    return took
  }

  /** Large messages are copied by the channel alone, and only if it keeps them. */
  #put(message: Uint8Array): boolean {
    const channel = this.#channel
    if (message.length < COPIED_BYTES) return channel.write(record(message, message.length))
    const head = new Uint8Array(LENGTH_BYTES)
    putU32(head, 0, message.length)
    channel.write(head)
    return channel.write(message, SHARED_SLAB)
  }

  #onData(bytes: Uint8Array): void {
    if (!this.#closing) this.#reader.push(bytes)
  }

  #onDrained(): void {
    this.#taken = 0
    this.#flush()
    if (this.#taken === 0 && !this.#closing) this.sink.drained()
  }

  /** All that waits in one write. */
  #flush(): void {
    if (this.#waiting.length === 0) return
    const bytes = new Uint8Array(this.#waitingBytes + LENGTH_BYTES * this.#waiting.length)
    let at = 0
    for (const message of this.#waiting) {
      putU32(bytes, at, message.length)
      bytes.set(message, at + LENGTH_BYTES)
      at += LENGTH_BYTES + message.length
    }
    this.#waiting = []
    this.#waitingBytes = 0
    if (!this.#channel.write(bytes)) this.#taken = bytes.length
  }

  #onClose(end: CarrierEnd): void {
    this.#closing = true
    this.#channel.end()
    this.#tell(end)
  }

  /** A FIN without a close record: the peer, or who carries it, broke off. */
  #onEnded(): void {
    this.#gotFin = true
    if (this.#closing || !this.#reader.idle) return
    this.#closing = true
    this.#channel.end()
    this.#tell(CUT)
  }

  #onClosed(): void {
    this.#over = true
    clearTimeout(this.#linger)
    this.#tell(CUT)
  }

  #tell(end: CarrierEnd): void {
    if (this.#told) return
    this.#told = true
    this.#waiting = []
    this.#waitingBytes = 0
    const { sink } = this
    this.sink = IDLE_CARRIER_SINK
    sink.closed(end)
  }
}

const CUT: CarrierEnd = { code: WEBTTY_CLOSE.cut, reason: 'the connection broke' }

/** One copy, so that head and body go out in one write. */
const record = (body: Uint8Array, word: number): Uint8Array => {
  const bytes = new Uint8Array(LENGTH_BYTES + body.length)
  putU32(bytes, 0, word)
  bytes.set(body, LENGTH_BYTES)
  return bytes
}

/** Messages over `channel`, which it takes over. The preface is not part of it; `head` was read from it already. */
export const streamCarrier = (channel: Channel, head: Uint8Array = new Uint8Array(0)): Carrier =>
  new StreamCarrier(channel, head)

/** The client's end of a stream that leads to a webtty server: says the preface first. */
export const nativeCarrier = (channel: Channel): Carrier => {
  channel.write(new TextEncoder().encode(WEBTTY_PREFACE))
  return streamCarrier(channel)
}
