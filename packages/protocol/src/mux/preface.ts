/** Owns reading the preface, the fixed first bytes of a link. */
import { AppError } from '../errors.ts'
import { PREFACE } from '../link/messages.ts'

const EXPECTED = new TextEncoder().encode(PREFACE)

/** Takes any cut of the first bytes and answers what follows the preface. Throws PROTOCOL_ERROR at the first wrong byte. */
export class PrefaceReader {
  #seen = 0

  get done(): boolean {
    return this.#seen === EXPECTED.length
  }

  push(bytes: Uint8Array): Uint8Array {
    const taken = Math.min(EXPECTED.length - this.#seen, bytes.length)
    for (let at = 0; at < taken; at++) {
      if (bytes[at] !== EXPECTED[this.#seen + at])
        throw new AppError('PROTOCOL_ERROR', { problem: 'the preface is missing' })
    }
    this.#seen += taken
    return bytes.subarray(taken)
  }
}
