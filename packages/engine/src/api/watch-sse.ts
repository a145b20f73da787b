/** Owns a watch as server-sent events (WHATWG HTML §9.2): one JSON event a message, its id for Last-Event-ID. */
import type { WatchEvent } from '@towline/protocol'
import { eventJson } from './event-json.ts'
import type { WatchOut } from './watchers.ts'

export interface SseOptions {
  /** Bytes that may wait for a slow reader, besides what it catches up with at the start. */
  readonly backlogBytes: number
  /** Registers the watch; answers its stop. */
  readonly open: (out: WatchOut) => () => void
  /** Breaks the connection of a reader that is too slow. */
  readonly abandon: () => void
}

/** The body of the response. A reader that falls behind is cut off and may resume. */
export const sseBody = (options: SseOptions): ReadableStream<Uint8Array> => {
  let stop = (): void => {}
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const out = new SseOut(controller, options, () => stop())
        stop = options.open(out)
        out.caughtUp()
      },
      cancel: () => stop(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: options.backlogBytes }),
  )
}

const text = new TextEncoder()

class SseOut implements WatchOut {
  readonly #controller: ReadableStreamDefaultController<Uint8Array>
  readonly #options: SseOptions
  readonly #stop: () => void
  /** Bytes of the first state, or of what was missed. */
  #start = 0
  #catchingUp = true
  #over = false

  constructor(controller: ReadableStreamDefaultController<Uint8Array>, options: SseOptions, stop: () => void) {
    this.#controller = controller
    this.#options = options
    this.#stop = stop
  }

  send(event: WatchEvent): void {
    this.#put(`id: ${event.id}\ndata: ${eventJson(event)}\n\n`)
  }

  ping(): void {
    this.#put(': ping\n\n')
  }

  caughtUp(): void {
    this.#catchingUp = false
  }

  end(): void {
    if (this.#over) return
    this.#over = true
    this.#controller.close()
  }

  #put(message: string): void {
    if (this.#over) return
    const bytes = text.encode(message)
    this.#controller.enqueue(bytes)
    if (this.#catchingUp) this.#start += bytes.length
    if ((this.#controller.desiredSize ?? 0) + this.#start >= 0) return
    this.#stop()
    this.end()
    this.#options.abandon()
  }
}
