/** Owns using any Node stream as a channel. */
import type { Duplex } from 'node:stream'
import { type Channel, IDLE_SINK, NO_SLAB, RESET, type Sink, type Slab } from '@towline/protocol'
import { keep, unpinning } from './write-queue.ts'

/** See {@link fromDuplex}. */
class DuplexChannel implements Channel {
  sink: Sink = IDLE_SINK
  readonly #stream: Duplex
  #ended = false
  #over = false

  constructor(stream: Duplex) {
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => this.sink.data(chunk, NO_SLAB))
    stream.on('end', () => this.#onEnd())
    stream.on('drain', () => this.#onDrain())
    stream.on('error', () => this.#finish(RESET.upstreamReset))
    stream.on('close', () => this.#finish(this.#ended && stream.writableFinished ? undefined : RESET.upstreamReset))
    stream.pause()
  }

  write(bytes: Uint8Array, slab: Slab = NO_SLAB): boolean {
    if (this.#over || this.#stream.writableEnded || bytes.length === 0) return true
    const kept = keep(bytes, slab)
    return this.#stream.write(kept.bytes, unpinning(kept.slab)) || this.#stream.writableLength === 0
  }

  end(): void {
    if (!this.#over) this.#stream.end(() => this.#closeWhenDone())
  }

  reset(code: number = RESET.cancel): void {
    if (this.#over) return
    this.#finish(code)
    this.#stream.destroy()
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    if (!this.#over) this.#stream.resume()
  }

  #onEnd(): void {
    this.#ended = true
    this.sink.ended()
    this.#closeWhenDone()
  }

  #onDrain(): void {
    if (!this.#stream.writableEnded) this.sink.drained()
  }

  #closeWhenDone(): void {
    if (this.#ended && this.#stream.writableFinished) this.#finish(undefined)
  }

  #finish(code: number | undefined): void {
    if (this.#over) return
    this.#over = true
    this.sink.closed(code)
    this.sink = IDLE_SINK
  }
}

/** Any Node stream as a channel, delivered paused: stdio, WebSocket streams, test doubles. */
export const fromDuplex = (stream: Duplex): Channel => new DuplexChannel(stream)
