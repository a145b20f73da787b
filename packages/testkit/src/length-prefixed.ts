/** Owns messages on a byte stream, each after its length as 4 bytes, big-endian. */

/** The longest message; a longer one breaks the stream. */
const MOST = 256 * 1024
const PREFIX = 4

export const prefixLength = (message: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(PREFIX + message.length)
  new DataView(bytes.buffer).setUint32(0, message.length)
  bytes.set(message, PREFIX)
  return bytes
}

/** Puts messages together again, wherever the stream was cut into chunks. */
export class LengthPrefixed {
  readonly #sink: { message(bytes: Uint8Array): void; broken(): void }
  #held = new Uint8Array()
  #broken = false

  constructor(sink: { message(bytes: Uint8Array): void; broken(): void }) {
    this.#sink = sink
  }

  push(chunk: Uint8Array): void {
    const held = new Uint8Array(this.#held.length + chunk.length)
    held.set(this.#held)
    held.set(chunk, this.#held.length)
    this.#held = held
    while (!this.#broken && this.#take());
  }

  /** Whether there was a whole message. */
  #take(): boolean {
    if (this.#held.length < PREFIX) return false
    const end = PREFIX + new DataView(this.#held.buffer, this.#held.byteOffset).getUint32(0)
    if (end - PREFIX > MOST) {
      this.#broken = true
      this.#sink.broken()
      return false
    }
    if (this.#held.length < end) return false
    const message = this.#held.slice(PREFIX, end)
    this.#held = this.#held.slice(end)
    this.#sink.message(message)
    return true
  }
}
