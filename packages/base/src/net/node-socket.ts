/** Owns the byte path over Node's public socket API, used where handles are not available. */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { IDLE_SINK, NO_SLAB, RESET, type Sink, type Slab } from '@towline/protocol'
import { addressOf } from './address.ts'
import type { ByteSocket } from './byte-socket.ts'
import { keep, unpinning } from './write-queue.ts'

/** See {@link ByteSocket}. */
export class NodeSocket implements ByteSocket {
  sink: Sink = IDLE_SINK
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly #socket: Socket
  #over = false
  #gotFin = false
  #ending = false

  constructor(socket: Socket) {
    this.#socket = socket
    this.remoteAddress = addressOf(socket.remoteAddress)
    this.remotePort = socket.remotePort ?? 0
    this.localPort = socket.localPort ?? 0
    socket.pause()
    socket.on('data', this.#onData).on('end', this.#onEnd).on('drain', this.#onDrain).on('close', this.#onClose)
    socket.on('error', this.#onError)
    socket.pause()
  }

  write(bytes: Uint8Array, slab: Slab = NO_SLAB): boolean {
    if (this.#over || this.#ending || bytes.length === 0) return true
    const kept = keep(bytes, slab)
    return this.#socket.write(kept.bytes, unpinning(kept.slab))
  }

  end(): void {
    if (this.#over || this.#ending) return
    this.#ending = true
    this.#socket.end()
    this.#closeWhenDone()
  }

  reset(code: number = RESET.cancel): void {
    if (this.#over) return
    // While a FIN is on its way libuv refuses to reset, and Node would then never close the handle.
    const finOnItsWay = this.#ending && !this.#socket.writableFinished && this.#socket.writableLength === 0
    if (finOnItsWay || this.#socket instanceof TLSSocket) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
    this.#finish(code)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#over) this.#socket.resume()
  }

  settle(): void {}

  bulk(): void {}

  detach(head: Uint8Array): Socket {
    this.#over = true
    const socket = this.#socket.pause()
    socket.off('data', this.#onData).off('end', this.#onEnd).off('drain', this.#onDrain).off('close', this.#onClose)
    socket.off('error', this.#onError)
    if (head.length > 0) socket.unshift(head)
    return socket
  }

  readonly #onData = (chunk: Buffer): void => this.sink.data(chunk, NO_SLAB)

  readonly #onEnd = (): void => {
    this.#gotFin = true
    this.sink.ended()
    this.#closeWhenDone()
  }

  readonly #onDrain = (): void => {
    if (!this.#ending) this.sink.drained()
  }

  readonly #onError = (): void => this.#finish(RESET.upstreamReset)

  readonly #onClose = (): void => this.#finish(this.#gotFin && this.#ending ? undefined : RESET.upstreamReset)

  #closeWhenDone(): void {
    if (this.#gotFin && this.#ending) this.#socket.destroySoon()
  }

  #finish(code: number | undefined): void {
    if (this.#over) return
    this.#over = true
    this.sink.closed(code)
    this.sink = IDLE_SINK
  }
}
