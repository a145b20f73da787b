/** Owns what was typed or pasted and the terminal does not take yet, in order. */

/** UTF-16 units that wait at most; a longer paste is refused as a whole. */
export const MOST_TYPED = 16 * 1024 * 1024
/** UTF-16 units of one write: at most three bytes each. */
const PART = 16 * 1024

export interface TypedSink {
  /** False asks to stop until `drained`. */
  write(bytes: Uint8Array): boolean
}

/** Texts on their way to a terminal. */
export class Typed {
  readonly #sink: TypedSink
  readonly #encoder = new TextEncoder()
  #waiting: string[] = []
  #length = 0
  #full = false

  constructor(sink: TypedSink) {
    this.#sink = sink
  }

  /** False when it is more than may wait: then nothing of it is typed. */
  type(text: string): boolean {
    if (this.#length + text.length > MOST_TYPED) return false
    this.#waiting.push(text)
    this.#length += text.length
    this.#send()
    return true
  }

  /** The terminal takes more. */
  drained(): void {
    this.#full = false
    this.#send()
  }

  #send(): void {
    while (!this.#full) {
      const text = this.#waiting.shift()
      if (text === undefined) return
      const end = partEnd(text)
      if (end < text.length) this.#waiting.unshift(text.slice(end))
      this.#length -= end
      this.#full = !this.#sink.write(this.#encoder.encode(text.slice(0, end)))
    }
  }
}

/** Characters of two units are not torn. */
const partEnd = (text: string): number => {
  if (text.length <= PART) return text.length
  const last = text.charCodeAt(PART - 1)
  return last >= 0xd800 && last <= 0xdbff ? PART - 1 : PART
}
