/** Owns knowing when a visitor's connection is over, whoever it was handed to. */
import type { Socket } from 'node:net'
import type { ByteSocket } from '@towline/base'
import { IDLE_SINK, type Sink, type Slab } from '@towline/protocol'
import type { VisitorSocket } from '../edge/context.ts'

/** A connection that calls `over` once, also after it was handed to Node's libraries. */
export class Tracked implements VisitorSocket, Sink {
  sink: Sink = IDLE_SINK
  readonly #socket: ByteSocket
  readonly #over: () => void

  constructor(socket: ByteSocket, over: () => void) {
    this.#socket = socket
    this.#over = over
    socket.sink = this
  }

  write(bytes: Uint8Array, slab?: Slab): boolean {
    return this.#socket.write(bytes, slab)
  }

  end(): void {
    this.#socket.end()
  }

  reset(code?: number): void {
    this.#socket.reset(code)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  settle(): void {
    this.#socket.settle()
  }

  detach(head: Uint8Array): Socket {
    return this.#socket.detach(head).once('close', this.#over)
  }

  data(bytes: Uint8Array, slab: Slab): void {
    this.sink.data(bytes, slab)
  }

  ended(): void {
    this.sink.ended()
  }

  drained(): void {
    this.sink.drained()
  }

  closed(reset?: number): void {
    this.#over()
    this.sink.closed(reset)
  }
}
