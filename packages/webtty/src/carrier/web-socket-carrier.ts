/** Owns messages over a WebSocket of the `ws` package: one binary message each. */
import { AppError, copyOf, LIMITS, printable, WEBTTY_CLOSE } from '@towline/protocol'
import type { Carrier, CarrierEnd, CarrierSink } from './carrier.ts'
import { shortReason } from './close-body.ts'
import { IDLE_CARRIER_SINK } from './idle-sink.ts'

/** What is used of a WebSocket of `ws`; compression must be off. */
export interface WsLike {
  readonly bufferedAmount: number
  on(event: 'message', listener: (data: Uint8Array, binary: boolean) => void): unknown
  on(event: 'open', listener: () => void): unknown
  on(event: 'close', listener: (code: number, reason: Uint8Array) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  send(data: Uint8Array, options: { binary: boolean }, done: () => void): void
  close(code: number, reason: string): void
  terminate(): void
  pause(): void
  resume(): void
}

/** With one more message it is full. */
const FULL_BYTES = LIMITS.webttyQueuedBytes - LIMITS.webttyBatchBytes

/** See {@link webSocketCarrier}. */
class WebSocketCarrier implements Carrier {
  sink: CarrierSink = IDLE_CARRIER_SINK
  readonly #socket: WsLike
  #paused = true
  /** What came although the socket was paused. */
  #kept: Uint8Array[] = []
  #full = false
  #over = false
  #linger: ReturnType<typeof setTimeout> | undefined

  constructor(socket: WsLike) {
    this.#socket = socket
    socket.on('message', (data, binary) => this.#onMessage(data, binary))
    socket.on('close', (code, reason) => this.#onClosed(code, reason))
    // What breaks a WebSocket is told by its close.
    socket.on('error', () => {})
    socket.pause()
  }

  get queued(): number {
    return this.#socket.bufferedAmount
  }

  send(message: Uint8Array): boolean {
    if (this.#over) return true
    this.#socket.send(copyOf(message), { binary: true }, this.#onSent)
    this.#full ||= this.#socket.bufferedAmount > FULL_BYTES
    return !this.#full
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    while (!this.#paused && this.#kept.length > 0) this.sink.message(this.#kept.shift() as Uint8Array)
    if (!this.#paused) this.#socket.resume()
  }

  close(code: number, reason = ''): void {
    if (this.#over) return
    // Its close frame follows everything sent; the peer's answer is read even if we had paused.
    this.#socket.close(code, new TextDecoder().decode(shortReason(reason)))
    this.#socket.resume()
    this.#linger = setTimeout(() => this.#socket.terminate(), LIMITS.webttyLingerMs)
    this.#linger.unref?.()
    this.#tell({ code, reason })
  }

  readonly #onSent = (): void => {
    if (!this.#full || this.#over || this.#socket.bufferedAmount > FULL_BYTES / 2) return
    this.#full = false
    this.sink.drained()
  }

  #onMessage(data: Uint8Array, binary: boolean): void {
    if (this.#over) return
    if (!binary) return this.close(WEBTTY_CLOSE.protocol, 'binary messages only')
    if (this.#paused) this.#kept.push(data)
    else this.sink.message(data)
  }

  #onClosed(code: number, reason: Uint8Array): void {
    clearTimeout(this.#linger)
    this.#tell({
      code: code === TOO_BIG ? WEBTTY_CLOSE.tooLong : code,
      reason: printable(new TextDecoder().decode(reason)),
    })
  }

  #tell(end: CarrierEnd): void {
    if (this.#over) return
    this.#over = true
    this.#kept = []
    const { sink } = this
    this.sink = IDLE_CARRIER_SINK
    sink.closed(end)
  }
}

/** "Message too big" (RFC 6455 §7.4.1), which `ws` sends for what is over its maxPayload. */
const TOO_BIG = 1009

/** Messages over an open WebSocket, which it takes over in the turn in which it opened: later, messages could be missed. */
export const webSocketCarrier = (socket: WsLike): Carrier => new WebSocketCarrier(socket)

/** Messages over a WebSocket that is still connecting. Rejects with WEBTTY_LOST when it is closed before it is open. */
export const openWebSocketCarrier = (socket: WsLike): Promise<Carrier> => {
  const carrier = new WebSocketCarrier(socket)
  return new Promise((done, fail) => {
    socket.on('error', (error) => fail(new AppError('WEBTTY_LOST', { problem: error.message }, { cause: error })))
    socket.on('close', () => fail(new AppError('WEBTTY_LOST', { problem: 'the WebSocket was not opened' })))
    socket.on('open', () => {
      carrier.pause()
      done(carrier)
    })
  })
}
