/** Owns the encrypted carrier: messages in records on a carrier below, which sees ciphertext, sizes and times only. */
import { AppError, copyOf, type Limits } from '@towline/protocol'
import type { Carrier, CarrierEnd, CarrierSink } from '../../carrier/carrier.ts'
import { concat, fromUtf8, utf8 } from '../crypto/bytes.ts'
import { tampered } from '../noise/cipher-state.ts'
import type { Transport } from '../noise/handshake.ts'
import { E2E_CLOSE } from './close-codes.ts'
import { cutOff, type Leftover } from './exchange.ts'
import { RECORD, type RecordLimits, RecordOpener, RecordSealer } from './record-cipher.ts'

export interface RecordCarrierOptions {
  readonly below: Carrier
  readonly transport: Transport
  readonly leftover: Leftover
  readonly limits: RecordLimits & Pick<Limits, 'webttyMessageBytes'>
  readonly now: () => number
}

const REASON_CHARS = 256
const NO_SINK: CarrierSink = { message: () => undefined, drained: () => undefined, closed: () => undefined }

/**
 * A carrier over a carrier, delivered paused. It ends with what the peer said inside the encryption; without that it was cut
 * off (1006), or the handshake was not read (4409), and whatever is not the next record, whole and unchanged, ends it with 4409.
 */
export class RecordCarrier implements Carrier, CarrierSink {
  sink: CarrierSink = NO_SINK
  readonly #options: RecordCarrierOptions
  readonly #below: Carrier
  readonly #sealer: RecordSealer
  readonly #opener: RecordOpener
  readonly #ended: (() => void)[] = []
  readonly #send = (message: Uint8Array): boolean => this.#below.send(message)
  /** What one record holds. */
  readonly pieceBytes: number
  /** What came while paused; the carrier below may hand over what it holds already. */
  readonly #waiting: Uint8Array[]
  #waitingBytes = 0
  #belowEnd: CarrierEnd | undefined
  #parts: Uint8Array[] = []
  #partBytes = 0
  #paused = true
  /** A record of the peer has opened. */
  #heard = false
  #draining = false
  /** Nothing is told before the first `resume`: only then is a sink sure to be there. */
  #started = false
  #untold: CarrierEnd | undefined
  /** Set when this side closed: what it said. */
  #closing: CarrierEnd | undefined
  #closed = false

  constructor(options: RecordCarrierOptions) {
    const { below, transport, leftover, limits, now } = options
    this.#options = options
    this.#below = below
    this.pieceBytes = limits.e2eRecordBytes - 1
    this.#sealer = new RecordSealer(transport.send, limits, now)
    this.#opener = new RecordOpener(transport.receive, limits)
    this.#waiting = [...leftover.messages]
    this.#belowEnd = leftover.end
    below.sink = this
  }

  get queued(): number {
    return this.#below.queued
  }

  /** Runs `act` when this carrier is over, at once if it is. */
  onEnd(act: () => void): void {
    if (this.#closed) act()
    else this.#ended.push(act)
  }

  send(message: Uint8Array): boolean {
    if (this.#closed || this.#closing) return false
    const { webttyMessageBytes, e2eRecordBytes } = this.#options.limits
    if (message.length > webttyMessageBytes) {
      this.close(E2E_CLOSE.tooLong, 'a message is too long')
      return false
    }
    const room = e2eRecordBytes - 1
    let at = 0
    for (; message.length - at > room; at += room) this.#write(RECORD.part, message.subarray(at, at + room))
    return this.#write(RECORD.last, message.subarray(at))
  }

  pause(): void {
    this.#paused = true
    if (!this.#closed) this.#below.pause()
  }

  resume(): void {
    this.#paused = false
    this.#started = true
    if (this.#untold) return this.#tell(this.#untold)
    this.#drain()
    if (!this.#paused && !this.#closed) this.#below.resume()
  }

  close(code: number, reason = ''): void {
    if (this.#closed || this.#closing) return
    this.#closing = { code, reason }
    this.#say(code, reason)
    // What is seen on the way is that it ended in order, not why.
    this.#below.close(1000)
    this.#below.resume()
  }

  message(bytes: Uint8Array): void {
    if (this.#closed || this.#closing) return
    if (!this.#paused && this.#waiting.length === 0) return this.#take(bytes)
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes > 2 * this.#options.limits.webttyMessageBytes) return this.#fatal('more came than may wait')
    this.#waiting.push(copyOf(bytes))
  }

  drained(): void {
    if (!this.#closed && !this.#closing) this.sink.drained()
  }

  closed(end: CarrierEnd): void {
    this.#belowEnd = end
    if (this.#closing) return this.#finish(this.#closing)
    this.#drain()
  }

  /** What waits is read before the end is told, and nothing while paused. */
  #drain(): void {
    if (this.#draining) return
    this.#draining = true
    while (!this.#paused && !this.#closed && this.#waiting.length > 0) {
      const bytes = this.#waiting.shift() as Uint8Array
      this.#waitingBytes = Math.max(0, this.#waitingBytes - bytes.length)
      this.#take(bytes)
    }
    this.#draining = false
    if (this.#belowEnd && this.#waiting.length === 0) {
      this.#finish(this.#closing ?? this.#unsaid(this.#belowEnd))
    }
  }

  /** A peer that could not read the handshake cannot say so inside. Whoever says it in its place does no more than a cut would. */
  #unsaid({ code }: CarrierEnd): CarrierEnd {
    if (code === E2E_CLOSE.tampered && !this.#heard) return { code, reason: 'the peer could not read the handshake' }
    return cutOff('the connection ended without the peer saying so')
  }

  #take(bytes: Uint8Array): void {
    try {
      const { kind, body } = this.#opener.open(bytes)
      this.#heard = true
      this.#record(kind, body)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'E2E_TAMPERED') throw error
      this.#fatal(String(error.details['problem']))
    }
  }

  #record(kind: number, body: Uint8Array): void {
    if (kind === RECORD.rekey && body.length === 0) return
    if (kind === RECORD.part) return this.#join(copyOf(body))
    if (kind === RECORD.last) return this.#deliver(body)
    if (kind === RECORD.close && body.length >= 2 && this.#parts.length === 0) return this.#hear(body)
    throw tampered('a record is of no known kind')
  }

  #join(part: Uint8Array): void {
    this.#partBytes += part.length
    if (this.#partBytes > this.#options.limits.webttyMessageBytes) throw tampered('a message is too long')
    this.#parts.push(part)
  }

  #deliver(body: Uint8Array): void {
    if (this.#parts.length === 0) return this.sink.message(body)
    this.#join(body)
    const whole = concat(...this.#parts)
    this.#parts = []
    this.#partBytes = 0
    this.sink.message(whole)
  }

  /** The peer ends it, and says so inside. */
  #hear(body: Uint8Array): void {
    const code = ((body[0] as number) << 8) | (body[1] as number)
    this.#finish({ code, reason: fromUtf8(body.subarray(2)) ?? '' })
    this.#below.close(1000)
    this.#below.resume()
  }

  #fatal(problem: string): void {
    this.#say(E2E_CLOSE.tampered, problem)
    // Before the carrier below ends, which would be taken for a cut.
    this.#finish({ code: E2E_CLOSE.tampered, reason: problem })
    this.#below.close(E2E_CLOSE.tampered)
    this.#below.resume()
  }

  #say(code: number, reason: string): void {
    const text = utf8([...reason].slice(0, REASON_CHARS).join(''))
    this.#write(RECORD.close, concat(Uint8Array.of(code >> 8, code & 0xff), text))
  }

  #write(kind: number, body: Uint8Array): boolean {
    return this.#sealer.seal(kind, body, this.#send)
  }

  #finish(end: CarrierEnd): void {
    if (this.#closed) return
    this.#closed = true
    this.#waiting.length = 0
    this.#parts = []
    this.#sealer.wipe()
    this.#opener.wipe()
    for (const act of this.#ended) act()
    if (this.#started) this.#tell(end)
    else this.#untold = end
  }

  #tell(end: CarrierEnd): void {
    this.#untold = undefined
    this.sink.closed(end)
  }
}
