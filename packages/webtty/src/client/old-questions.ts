/** Owns taking the questions to a terminal out of output that was printed for another: its answers would be typed into the program of today. */

/**
 * What has a terminal type something: device attributes and status (ECMA-48, DEC), versions, modes, sizes, keys and graphics
 * of xterm and kitty, colours and the clipboard (OSC), and what DCS asks for.
 */
const QUESTIONS: readonly string[] = [
  '\\x05',
  '\\x1bZ',
  '\\x1b\\[[>=]?0*c',
  '\\x1b\\[\\??[\\d;]*n',
  '\\x1b\\[>0*q',
  '\\x1b\\[\\??[\\d;]*\\$p',
  '\\x1b\\[(?:1[1-9]|2[01])(?:;\\d*)*t',
  '\\x1b\\[\\?u',
  '\\x1b\\[[01]?x',
  '\\x1b\\[\\?[\\d;]*[mS]',
  '\\x1b\\]\\d+;[^\\x07\\x1b]{0,256}[;=]\\?[^\\x07\\x1b]{0,256}(?:\\x07|\\x1b\\\\)',
  '\\x1b\\]\\d+;\\?(?:\\x07|\\x1b\\\\)',
  '\\x1bP[$+]q[^\\x1b]*\\x1b\\\\',
  '\\x1b_G[^\\x1b;]{0,256}a=q[^\\x1b]{0,1024}\\x1b\\\\',
]
const QUESTION = new RegExp(QUESTIONS.join('|'), 'g')

/** What may follow ESC in the beginning of one. */
const BEGINNINGS = ['\\[[\\d;?>=$]*', '\\][^\\x07\\x1b]*\\x1b?', '[P_][^\\x1b]*\\x1b?']
const OPEN = new RegExp(`\\x1b(?:${BEGINNINGS.join('|')})?$`)
/** A longer sequence is no question. */
const OPEN_BYTES = 1024

/** Bytes of a terminal's output, and the offset of the first. */
export interface Piece {
  readonly offset: number
  readonly bytes: Uint8Array
}

const EMPTY = new Uint8Array(0)
const ESC = 0x1b
const ENQ = 0x05

/** Feed it output in order; it answers it with zeros, which terminals ignore, in place of each question that ended before `end`. */
export class OldQuestions {
  readonly #end: number
  /** What is kept back until more is known. */
  #held = EMPTY
  /** Where the next output begins, unless some is left out. */
  #next = 0

  constructor(end: number) {
    this.#end = end
  }

  /** What may be drawn of `bytes` and of what was kept back; the last of it may be kept back. */
  feed(offset: number, bytes: Uint8Array): Piece {
    if (offset !== this.#next) this.#held = EMPTY
    this.#next = offset + bytes.length
    const from = offset - this.#held.length
    if (from >= this.#end || this.#isPlain(bytes)) return this.#join(from, bytes)
    const all = this.#join(from, bytes).bytes.slice()
    const old = textOf(all.subarray(0, this.#end - from))
    for (const { index, 0: question } of old.matchAll(QUESTION)) all.fill(0, index, index + question.length)
    // What goes on behind the end is asked now.
    const open = old.length < all.length || from + all.length >= this.#end ? undefined : OPEN.exec(textOf(all))
    if (!open || all.length - open.index > OPEN_BYTES) return { offset: from, bytes: all }
    this.#held = all.slice(open.index)
    return { offset: from, bytes: all.subarray(0, open.index) }
  }

  #isPlain(bytes: Uint8Array): boolean {
    return this.#held.length === 0 && !bytes.includes(ESC) && !bytes.includes(ENQ)
  }

  #join(offset: number, bytes: Uint8Array): Piece {
    if (this.#held.length === 0) return { offset, bytes }
    const all = new Uint8Array(this.#held.length + bytes.length)
    all.set(this.#held)
    all.set(bytes, this.#held.length)
    this.#held = EMPTY
    return { offset, bytes: all }
  }
}

/** Each byte one character. */
const textOf = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return text
}
