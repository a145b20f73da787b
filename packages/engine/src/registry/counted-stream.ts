/** Owns one stream to a host as its tunnel sees it: counted from open to closed, and resettable by the tunnel. */
import { type Channel, IDLE_SINK, type Sink, type Slab } from '@towline/protocol'
import type { TunnelMeter } from './meter.ts'

/** Stands between a link's stream and its consumer. */
export class CountedStream implements Channel, Sink {
  sink: Sink
  readonly #all: Set<CountedStream>
  readonly #meter: Pick<TunnelMeter, 'moved'>
  #channel: Channel | undefined

  /** `all` holds the stream as long as it is open. */
  constructor(all: Set<CountedStream>, sink: Sink, meter: Pick<TunnelMeter, 'moved'>) {
    this.#all = all
    this.#meter = meter
    this.sink = sink
  }

  /** Joins it with the stream that was opened with it as sink. */
  over(channel: Channel): this {
    this.#channel = channel
    this.#all.add(this)
    return this
  }

  write(bytes: Uint8Array, slab?: Slab): boolean {
    this.#meter.moved(bytes.length)
    return this.#channel?.write(bytes, slab) ?? true
  }

  end(): void {
    this.#channel?.end()
  }

  reset(code?: number): void {
    this.#channel?.reset(code)
  }

  pause(): void {
    this.#channel?.pause()
  }

  resume(): void {
    this.#channel?.resume()
  }

  data(bytes: Uint8Array, slab: Slab): void {
    this.#meter.moved(bytes.length)
    this.sink.data(bytes, slab)
  }

  ended(): void {
    this.sink.ended()
  }

  drained(): void {
    this.sink.drained()
  }

  closed(reset?: number): void {
    this.#all.delete(this)
    this.#channel = undefined
    this.sink.closed(reset)
    this.sink = IDLE_SINK
  }
}
