/** Owns what a link wants to know of its channel besides bytes: when it is over, and whether the first byte can be a link's. */
import { AppError, type Channel, FRAME, IDLE_SINK, type Part, type Sink, type Slab } from '@towline/protocol'

const FRAME_TYPES: ReadonlySet<number> = new Set(Object.values(FRAME))

/** What other programs say first. */
const STRANGERS: readonly (readonly [RegExp, string])[] = [
  [/^HTTP\//, 'it is an HTTP server'],
  [/^SSH-/, 'it is an SSH server'],
  [/^(220|554)[ -]/, 'it is a mail or file server'],
]

/** Passes everything through; `onStranger` is told instead when something else than an engine answers. */
export class LinkChannel implements Channel, Sink {
  sink: Sink = IDLE_SINK
  /** Resolves when both directions are over. */
  readonly over: Promise<void>
  readonly writeBoth: ((first: Part, second: Part) => boolean) | undefined
  readonly #channel: Channel
  readonly #onStranger: (error: AppError) => void
  readonly #url: string
  #heard = false
  #settleOver = (): void => {}

  constructor(channel: Channel, url: string, onStranger: (error: AppError) => void) {
    this.#channel = channel
    this.#url = url
    this.#onStranger = onStranger
    this.writeBoth = channel.writeBoth?.bind(channel)
    this.over = new Promise((done) => {
      this.#settleOver = done
    })
    channel.sink = this
  }

  /** Whether anything came at all. */
  get heard(): boolean {
    return this.#heard
  }

  write(bytes: Uint8Array, slab?: Slab): boolean {
    return this.#channel.write(bytes, slab)
  }

  end(): void {
    this.#channel.end()
  }

  reset(code?: number): void {
    this.#channel.reset(code)
  }

  pause(): void {
    this.#channel.pause()
  }

  resume(): void {
    this.#channel.resume()
  }

  data(bytes: Uint8Array, slab: Slab): void {
    if (this.#heard) return this.sink.data(bytes, slab)
    this.#heard = true
    if (FRAME_TYPES.has(bytes[0] as number)) return this.sink.data(bytes, slab)
    const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
    const problem = STRANGERS.find(([pattern]) => pattern.test(start))?.[1] ?? 'it speaks another protocol'
    this.#onStranger(new AppError('NOT_TOWLINE', { url: this.#url, problem }))
    this.#channel.reset()
  }

  ended(): void {
    this.sink.ended()
  }

  drained(): void {
    this.sink.drained()
  }

  closed(reset?: number): void {
    this.#settleOver()
    this.sink.closed(reset)
    this.sink = IDLE_SINK
  }
}
