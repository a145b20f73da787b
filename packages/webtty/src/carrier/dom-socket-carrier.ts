/** Owns messages over a WebSocket of a browser: one binary message each. */
import { AppError, LIMITS, printable, WEBTTY_CLOSE } from '@towline/protocol'
import type { Carrier, CarrierEnd, CarrierSink } from './carrier.ts'
import { shortReason } from './close-body.ts'
import { IDLE_CARRIER_SINK } from './idle-sink.ts'

/** What is used of the WebSocket of browsers (https://websockets.spec.whatwg.org); this room knows no types of theirs. */
export interface DomSocket {
  binaryType: string
  readonly bufferedAmount: number
  addEventListener(type: 'open' | 'message' | 'close', listener: (event: DomSocketEvent) => void): void
  send(data: Uint8Array<ArrayBuffer>): void
  close(code: number, reason: string): void
}

/** Of a message, or of a close. */
export interface DomSocketEvent {
  readonly data?: unknown
  readonly code?: number
  readonly reason?: string
}

/** With one more message it is full. */
const FULL_BYTES = LIMITS.webttyQueuedBytes - LIMITS.webttyBatchBytes
/** Nothing tells when a WebSocket of a browser has sent: it is looked at. */
const LOOK_MS = 10

/** See {@link openDomCarrier}. */
class DomSocketCarrier implements Carrier {
  sink: CarrierSink = IDLE_CARRIER_SINK
  readonly #socket: DomSocket
  /** What came while it was paused: credits bound it, and who does not keep to them is closed. */
  #kept: Uint8Array[] = []
  #keptBytes = 0
  #paused = true
  #looking: ReturnType<typeof setTimeout> | undefined
  #over = false

  constructor(socket: DomSocket) {
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('message', ({ data }) => this.#onMessage(data))
    socket.addEventListener('close', ({ code = WEBTTY_CLOSE.cut, reason = '' }) =>
      this.#tell({ code, reason: printable(reason) }),
    )
  }

  get queued(): number {
    return this.#socket.bufferedAmount
  }

  send(message: Uint8Array): boolean {
    if (this.#over) return true
    this.#socket.send(message as Uint8Array<ArrayBuffer>)
    if (this.#socket.bufferedAmount > FULL_BYTES) this.#look()
    return this.#looking === undefined
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    while (!this.#paused) {
      const message = this.#kept.shift()
      if (!message) return
      this.#keptBytes -= message.length
      this.sink.message(message)
    }
  }

  close(code: number, reason = ''): void {
    if (this.#over) return
    this.#socket.close(code, new TextDecoder().decode(shortReason(reason)))
    this.#tell({ code, reason })
  }

  #look(): void {
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined
      if (this.#over) return
      if (this.#socket.bufferedAmount > FULL_BYTES / 2) return this.#look()
      this.sink.drained()
    }, LOOK_MS)
  }

  #onMessage(data: unknown): void {
    if (this.#over) return
    if (!(data instanceof ArrayBuffer)) return this.close(WEBTTY_CLOSE.protocol, 'binary messages only')
    const message = new Uint8Array(data)
    if (message.length > LIMITS.webttyMessageBytes) return this.close(WEBTTY_CLOSE.tooLong, 'the message is too long')
    if (!this.#paused) return this.sink.message(message)
    this.#kept.push(message)
    this.#keptBytes += message.length
    if (this.#keptBytes > LIMITS.webttyMessageBytes) this.close(WEBTTY_CLOSE.busy, 'more than was granted')
  }

  #tell(end: CarrierEnd): void {
    if (this.#over) return
    this.#over = true
    this.#kept = []
    clearTimeout(this.#looking)
    const { sink } = this
    this.sink = IDLE_CARRIER_SINK
    sink.closed(end)
  }
}

/**
 * Messages over a WebSocket that is still connecting. Rejects with WEBTTY_LOST when it is closed before it is open, is not
 * open after webttyHelloMs, or `signal` aborts: browsers do not tell why.
 */
export const openDomCarrier = (socket: DomSocket, signal: AbortSignal): Promise<Carrier> => {
  const carrier = new DomSocketCarrier(socket)
  return new Promise((done, fail) => {
    const giveUp = (): void => socket.close(WEBTTY_CLOSE.done, '')
    const late = setTimeout(giveUp, LIMITS.webttyHelloMs)
    const decided = (): void => {
      clearTimeout(late)
      signal.removeEventListener('abort', giveUp)
    }
    signal.addEventListener('abort', giveUp)
    socket.addEventListener('open', () => {
      decided()
      done(carrier)
    })
    socket.addEventListener('close', () => {
      decided()
      fail(new AppError('WEBTTY_LOST', { problem: 'the WebSocket was not opened' }))
    })
  })
}
