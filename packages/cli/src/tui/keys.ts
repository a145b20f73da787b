/** Owns reading keys off a terminal: named keys, text, and pastes (bracketed paste, xterm `?2004`). */

export type KeyName =
  | 'enter'
  | 'newline'
  | 'escape'
  | 'tab'
  | 'backspace'
  | 'delete'
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'home'
  | 'end'
  | 'word-left'
  | 'word-right'
  | 'erase-word'
  | 'erase-start'
  | 'erase-end'
  | 'clear'
  | 'interrupt'
  | 'end-of-input'

export type Key =
  | { readonly name: KeyName }
  | { readonly name: 'text'; readonly text: string }
  | { readonly name: 'paste'; readonly text: string }

const PASTE_START = '\u001b[200~'
const PASTE_END = '\u001b[201~'

/** Sequences as xterm and its likes send them. Longer ones win. */
const NAMED: Readonly<Record<string, KeyName>> = {
  '\r': 'enter',
  '\n': 'newline',
  '\u001b\r': 'newline',
  '\u001b\n': 'newline',
  '\u001b[13;2u': 'newline',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u001b\u007f': 'erase-word',
  '\u0017': 'erase-word',
  '\u0015': 'erase-start',
  '\u000b': 'erase-end',
  '\u000c': 'clear',
  '\u0003': 'interrupt',
  '\u0004': 'end-of-input',
  '\u0001': 'home',
  '\u0005': 'end',
  '\u0002': 'left',
  '\u0006': 'right',
  '\u0010': 'up',
  '\u000e': 'down',
  '\u001b[A': 'up',
  '\u001bOA': 'up',
  '\u001b[B': 'down',
  '\u001bOB': 'down',
  '\u001b[C': 'right',
  '\u001bOC': 'right',
  '\u001b[D': 'left',
  '\u001bOD': 'left',
  '\u001b[H': 'home',
  '\u001bOH': 'home',
  '\u001b[1~': 'home',
  '\u001b[F': 'end',
  '\u001bOF': 'end',
  '\u001b[4~': 'end',
  '\u001b[3~': 'delete',
  '\u001b[1;5C': 'word-right',
  '\u001b[1;3C': 'word-right',
  '\u001bf': 'word-right',
  '\u001b[1;5D': 'word-left',
  '\u001b[1;3D': 'word-left',
  '\u001bb': 'word-left',
}

/** A whole escape sequence that we do not know; it is dropped. */
// oxlint-disable-next-line no-control-regex -- escape sequences are what is read here
const UNKNOWN = /^\u001b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O\u001b])/
// oxlint-disable-next-line no-control-regex -- as above
const BEGUN = /^\u001b(?:\[[0-?]*[ -/]*|O)?$/
// oxlint-disable-next-line no-control-regex -- as above
const TEXT = /^[^\u0000-\u001f\u007f\u0080-\u009f]+/

/** Bytes come in any pieces; what is not whole yet waits. */
export class Keys {
  #rest = ''
  #pasted: string | undefined

  /** Something that may be a lone Escape, or the beginning of more. */
  get isWaiting(): boolean {
    return this.#pasted === undefined && this.#rest !== ''
  }

  feed(chunk: string): readonly Key[] {
    this.#rest += chunk
    const keys: Key[] = []
    for (;;) {
      const before = this.#rest.length
      const key = this.#pasted === undefined ? this.#next() : this.#paste()
      if (key) keys.push(key)
      if (this.#rest.length === before || this.#rest === '') return keys
    }
  }

  /** Nothing followed for a while: what waits is what it looks like. */
  flush(): readonly Key[] {
    if (!this.isWaiting) return []
    const rest = this.#rest
    this.#rest = ''
    return rest === '\u001b' ? [{ name: 'escape' }] : []
  }

  #take(length: number): string {
    const taken = this.#rest.slice(0, length)
    this.#rest = this.#rest.slice(length)
    return taken
  }

  #next(): Key | undefined {
    const text = TEXT.exec(this.#rest)?.[0]
    if (text) return { name: 'text', text: this.#take(text.length) }
    if (this.#rest.startsWith(PASTE_START)) {
      this.#take(PASTE_START.length)
      this.#pasted = ''
      return undefined
    }
    for (const length of [7, 6, 4, 3, 2, 1]) {
      const name = NAMED[this.#rest.slice(0, length)]
      if (name && this.#rest.length >= length) {
        this.#take(length)
        return { name }
      }
    }
    if (this.#rest.startsWith('\u001b\u001b')) {
      this.#take(1)
      return { name: 'escape' }
    }
    const unknown = UNKNOWN.exec(this.#rest)?.[0]
    if (unknown) this.#take(unknown.length)
    else if (!BEGUN.test(this.#rest)) this.#take(1)
    return undefined
  }

  /** Until its end; the end itself may come in pieces. */
  #paste(): Key | undefined {
    const end = this.#rest.indexOf(PASTE_END)
    if (end >= 0) {
      const text = (this.#pasted ?? '') + this.#take(end)
      this.#take(PASTE_END.length)
      this.#pasted = undefined
      return { name: 'paste', text }
    }
    const kept = lengthOfBegun(this.#rest)
    this.#pasted += this.#take(this.#rest.length - kept)
    return undefined
  }
}

/** How much of the end of `text` may be the beginning of the end of a paste. */
const lengthOfBegun = (text: string): number => {
  for (let length = Math.min(PASTE_END.length - 1, text.length); length > 0; length -= 1)
    if (text.endsWith(PASTE_END.slice(0, length))) return length
  return 0
}
