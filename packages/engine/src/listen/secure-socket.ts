/** Owns a TLS connection that we terminate, as a channel: half-close and resets of the connection below go through. */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type ByteSocket, byteSocket } from '@towline/base'
import { IDLE_SINK, NO_SLAB, RESET, type Sink, type Slab } from '@towline/protocol'
import type { VisitorSocket } from '../edge/context.ts'
import { resetSocket } from './reset-socket.ts'

/**
 * Until `settle` it runs on Node's stream API and can be given away by `detach`; from then on it runs on the byte path.
 * `below` is the TCP connection, which only this class resets: TLS has no word for it.
 */
export class SecureSocket implements VisitorSocket, Sink {
  sink: Sink = IDLE_SINK
  readonly #tls: TLSSocket
  readonly #below: Socket
  #bytes: ByteSocket | undefined
  #flowing = false
  #gotEnd = false
  #ending = false
  #over = false

  constructor(tls: TLSSocket, below: Socket) {
    this.#tls = tls
    this.#below = below
    tls.pause()
    tls.on('data', this.#onData).on('end', this.#onEnd).on('drain', this.#onDrain)
    tls.on('close', this.#onClose).on('error', this.#onClose)
    tls.pause()
  }

  write(bytes: Uint8Array, slab: Slab = NO_SLAB): boolean {
    if (this.#bytes) return this.#bytes.write(bytes, slab)
    if (this.#over || this.#ending || bytes.length === 0) return true
    return this.#tls.write(slab === NO_SLAB ? bytes : Buffer.from(bytes))
  }

  end(): void {
    if (this.#over || this.#ending) return
    this.#ending = true
    if (this.#bytes) this.#bytes.end()
    else this.#tls.end()
    this.#closeWhenDone()
  }

  reset(code: number = RESET.cancel): void {
    if (this.#over) return
    resetSocket(this.#below, this.#tls)
    this.closed(code)
  }

  pause(): void {
    this.#flowing = false
    if (this.#bytes) this.#bytes.pause()
    else this.#tls.pause()
  }

  resume(): void {
    if (this.#over) return
    this.#flowing = true
    if (this.#bytes) this.#bytes.resume()
    else this.#tls.resume()
  }

  /** Stays on the stream API when that still has bytes to send, or has seen the end. */
  settle(): void {
    if (this.#bytes || this.#over || this.#ending || this.#gotEnd || this.#tls.writableLength > 0) return
    this.#leaveStream()
    const bytes = byteSocket(this.#tls)
    this.#bytes = bytes
    bytes.sink = this
    bytes.settle()
    if (this.#flowing) bytes.resume()
  }

  /** Paused, as any detached connection: whoever gets it listens and resumes. */
  detach(head: Uint8Array): Socket {
    if (this.#bytes) throw new Error('a settled connection cannot be handed over')
    this.#over = true
    this.#leaveStream()
    const tls = this.#tls.pause()
    if (head.length > 0) tls.unshift(head)
    return tls
  }

  // what the byte path tells

  data(bytes: Uint8Array, slab: Slab): void {
    if (!this.#over) this.sink.data(bytes, slab)
  }

  ended(): void {
    if (!this.#over) this.sink.ended()
  }

  drained(): void {
    if (!this.#over) this.sink.drained()
  }

  closed(reset?: number): void {
    if (this.#over) return
    this.#over = true
    this.sink.closed(reset)
    this.sink = IDLE_SINK
  }

  // what the stream tells

  #leaveStream(): void {
    const tls = this.#tls
    tls.off('data', this.#onData).off('end', this.#onEnd).off('drain', this.#onDrain)
    tls.off('close', this.#onClose).off('error', this.#onClose)
  }

  readonly #onData = (chunk: Buffer): void => this.data(chunk, NO_SLAB)

  readonly #onEnd = (): void => {
    this.#gotEnd = true
    this.ended()
    this.#closeWhenDone()
  }

  readonly #onDrain = (): void => {
    if (!this.#ending) this.drained()
  }

  readonly #onClose = (): void => this.closed(this.#gotEnd && this.#ending ? undefined : RESET.upstreamReset)

  #closeWhenDone(): void {
    if (!this.#bytes && this.#gotEnd && this.#ending) this.#tls.destroySoon()
  }
}
