/** Owns the keys that end or leave a terminal without reaching it: typed at the start of a line, as in ssh(1). */

/** What a typed escape asks for. */
export type EscapeAction = 'end' | 'leave' | 'help'

const ACTIONS: Readonly<Record<string, EscapeAction>> = { '.': 'end', d: 'leave', '?': 'help' }

/** What goes to the terminal, and what is asked for instead. */
export interface Typed {
  readonly bytes: Uint8Array
  readonly action?: EscapeAction
}

/** Enter and an escape, typed faster than we read. */
const QUICK_BYTES = 3
const NOTHING = new Uint8Array(0)
const NEWLINES = new Set([0x0a, 0x0d])

/** Looks at keys one read at a time. Only what comes in reads of up to three bytes is typed; a paste is passed on as it is. */
export class EscapeKeys {
  readonly #key: number | undefined
  #lineStart = true
  #pending = false

  /** One character, or undefined for none. */
  constructor(character: string | undefined) {
    this.#key = character?.charCodeAt(0)
  }

  read(bytes: Uint8Array): Typed {
    if (this.#key === undefined || bytes.length === 0) return { bytes }
    if (this.#pending) return this.#after(bytes)
    if (bytes.length <= QUICK_BYTES && bytes[1] === this.#key && NEWLINES.has(bytes[0] as number)) {
      const { bytes: line } = this.#pass(bytes.subarray(0, 1))
      const typed = this.read(bytes.subarray(1))
      return { ...typed, bytes: joined(line, typed.bytes) }
    }
    if (this.#lineStart && bytes[0] === this.#key && bytes.length <= 2) {
      this.#pending = true
      return bytes.length === 2 ? this.#after(bytes.subarray(1)) : { bytes: NOTHING }
    }
    return this.#pass(bytes)
  }

  /** The key twice is the key itself; with another it is no escape. */
  #after(bytes: Uint8Array): Typed {
    this.#pending = false
    const action = bytes.length === 1 ? ACTIONS[String.fromCharCode(bytes[0] as number)] : undefined
    if (action) return { bytes: NOTHING, action }
    if (bytes.length === 1 && bytes[0] === this.#key) return this.#pass(bytes)
    return this.#pass(Uint8Array.of(this.#key as number, ...bytes.subarray(0, 64)), bytes.subarray(64))
  }

  #pass(bytes: Uint8Array, rest: Uint8Array = NOTHING): Typed {
    const all = rest.length === 0 ? bytes : joined(bytes, rest)
    this.#lineStart = NEWLINES.has(all.at(-1) as number)
    return { bytes: all }
  }
}

const joined = (one: Uint8Array, other: Uint8Array): Uint8Array => {
  const all = new Uint8Array(one.length + other.length)
  all.set(one)
  all.set(other, one.length)
  return all
}
