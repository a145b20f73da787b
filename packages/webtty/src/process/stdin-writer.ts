/** Owns writing to a process: small non-blocking slices, tried again while it takes nothing, so that nobody waits for it. */
import { closeSync, writeSync } from 'node:fs'

export interface StdinWriterOptions {
  /** Non-blocking. */
  readonly fd: number
  /** How the end is told: a pipe is closed, a terminal gets end-of-file (^D); its descriptor belongs to the reader. */
  readonly kind: 'tty' | 'pipe'
  readonly limits: { readonly webttyStdinSlice: number; readonly webttyStdinRetryMs: number }
  /** Called with how many bytes the process has taken since the last call. */
  readonly taken: (count: number) => void
}

/** Slices written before others get their turn. */
const SLICES_A_TURN = 16
const END_OF_FILE = Uint8Array.of(4)

/** Whoever writes bounds what waits here, by `taken`. After the process has closed its input, everything is dropped. */
export class StdinWriter {
  readonly #options: StdinWriterOptions
  #queue: Uint8Array[] = []
  #waiting: NodeJS.Timeout | NodeJS.Immediate | undefined
  #retryMs = 1
  #ending = false
  #open = true

  constructor(options: StdinWriterOptions) {
    this.#options = options
  }

  /** Takes a copy. */
  write(bytes: Uint8Array): void {
    if (this.#ending || bytes.length === 0) return
    this.#queue.push(new Uint8Array(bytes))
    if (this.#waiting === undefined) this.#pump()
  }

  /** After everything that was written. */
  end(): void {
    if (this.#ending) return
    if (this.#options.kind === 'tty') this.write(END_OF_FILE)
    this.#ending = true
    if (this.#waiting === undefined) this.#pump()
  }

  /** Drops what waits. */
  close(): void {
    this.#ending = true
    this.#queue = []
    this.#clear()
    if (!this.#open) return
    this.#open = false
    if (this.#options.kind === 'pipe') closeSync(this.#options.fd)
  }

  #pump(): void {
    for (let slices = 0; slices < SLICES_A_TURN; slices++) {
      const [first] = this.#queue
      if (first === undefined) {
        if (this.#ending && this.#options.kind === 'pipe') this.close()
        return
      }
      const count = this.#writeNow(first.subarray(0, this.#options.limits.webttyStdinSlice))
      if (count === 0) return this.#retry()
      this.#retryMs = 1
      this.#advance(first, count)
    }
    this.#waiting = setImmediate(() => this.#again())
  }

  #advance(first: Uint8Array, count: number): void {
    if (count === first.length) this.#queue.shift()
    else this.#queue[0] = first.subarray(count)
    this.#options.taken(count)
  }

  #retry(): void {
    this.#waiting = setTimeout(() => this.#again(), this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, this.#options.limits.webttyStdinRetryMs)
  }

  #again(): void {
    this.#waiting = undefined
    if (this.#open) this.#pump()
  }

  #clear(): void {
    if (this.#waiting === undefined) return
    if ('refresh' in this.#waiting) clearTimeout(this.#waiting)
    else clearImmediate(this.#waiting)
    this.#waiting = undefined
  }

  /** Bytes taken; 0 when it takes none now. One that takes none ever again has taken all. */
  #writeNow(bytes: Uint8Array): number {
    if (!this.#open) return bytes.length
    try {
      return writeSync(this.#options.fd, bytes)
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : bytes.length
    }
  }
}
