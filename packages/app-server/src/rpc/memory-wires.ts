/** Owns two wires in memory that are each other's far end. */
import type { Wire, WireSink } from './wire.ts'

/** Messages arrive in order and never within the call that sent them; what is closed delivers what was sent before. */
export const memoryWires = (): readonly [Wire, Wire] => {
  const [near, far] = [new End(), new End()]
  near.other = far
  far.other = near
  return [near, far]
}

class End implements Wire {
  sink: WireSink | undefined
  other: End | undefined
  readonly #inbox: string[] = []
  #waiting = 0
  #isPaused = true
  #isMoving = false
  #isEnded = false
  #isClosed = false

  get queued(): number {
    return this.other?.waiting ?? 0
  }

  /** Characters that were sent to this end and are not taken yet. */
  get waiting(): number {
    return this.#waiting
  }

  send(text: string): void {
    if (!this.#isClosed) this.other?.take(text)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#move()
  }

  close(): void {
    if (this.#isClosed) return
    this.#end()
    this.other?.ended()
  }

  take(text: string): void {
    if (this.#isClosed) return
    this.#inbox.push(text)
    this.#waiting += text.length
    this.#move()
  }

  /** The far end said all it had to say. */
  ended(): void {
    this.#isEnded = true
    this.#move()
  }

  #move(): void {
    if (this.#isMoving || this.#isClosed) return
    this.#isMoving = true
    queueMicrotask(() => {
      this.#isMoving = false
      this.#deliver()
    })
  }

  #deliver(): void {
    for (let text = this.#next(); text !== undefined; text = this.#next()) {
      this.#waiting -= text.length
      this.sink?.message(text)
      if (this.#inbox.length === 0) this.other?.sink?.drained()
    }
    if (this.#isEnded && this.#inbox.length === 0) this.#end()
  }

  #next(): string | undefined {
    return this.#isPaused || this.#isClosed ? undefined : this.#inbox.shift()
  }

  #end(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#inbox.length = 0
    this.#waiting = 0
    this.sink?.closed()
  }
}
