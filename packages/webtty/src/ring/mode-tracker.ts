/** Owns which modes a terminal is in after bytes that are forgotten: the other screen, the mouse, a hidden cursor. */

const ESC = 0x1b
/** A longer sequence is none that sets modes. */
const SEQUENCE_BYTES = 64
/** DECSET, DECRST: `ESC [ ? 1 ; 2 h` and `l`. */
const SET_MODES = /^\[\?([\d;]+)([hl])$/
const RESETS = new Set(['c', '[!p'])
const KEYPAD = new Set(['=', '>'])

/** Wrapping, and a cursor that is shown. */
const ON_AT_FIRST = new Set(['7', '25'])

/** The other screen, by each of its numbers. */
const FULL = ['47', '1047', '1049']

/** Private modes by their last setting, in the order in which they were set. */
export class ModeTracker {
  #modes = new Map<string, string>()
  #keypad = ''
  /** What came of a sequence after its ESC. */
  #sequence: string | undefined

  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) {
      if (this.#sequence === undefined) {
        const found = bytes.indexOf(ESC, at)
        if (found === -1) return
        at = found
        this.#sequence = ''
      } else this.#next(bytes[at] as number)
    }
  }

  /** Whether a program has the whole screen to itself. */
  get full(): boolean {
    return FULL.some((mode) => this.#modes.get(mode) === 'h')
  }

  copy(): ModeTracker {
    const copy = new ModeTracker()
    copy.#modes = new Map(this.#modes)
    copy.#keypad = this.#keypad
    copy.#sequence = this.#sequence
    return copy
  }

  /** What brings a fresh terminal into these modes; of all, or of some. */
  restore(only?: ReadonlySet<string>): string {
    const modes = [...this.#modes].filter(([mode]) => only === undefined || only.has(mode))
    const keypad = only === undefined && this.#keypad !== '' ? `\x1b${this.#keypad}` : ''
    return keypad + modes.map(([mode, set]) => `\x1b[?${mode}${set}`).join('')
  }

  /** What brings a terminal out of these modes again. */
  undo(): string {
    const changed = [...this.#modes].filter(([mode, set]) => set !== (ON_AT_FIRST.has(mode) ? 'h' : 'l'))
    const keypad = this.#keypad === '=' ? '\x1b>' : ''
    return changed.map(([mode, set]) => `\x1b[?${mode}${set === 'h' ? 'l' : 'h'}`).join('') + keypad
  }

  #next(byte: number): void {
    if (byte === ESC) {
      this.#sequence = ''
      return
    }
    const sequence = `${this.#sequence}${String.fromCharCode(byte)}`
    const open = sequence === '[' || (sequence.startsWith('[') && (byte < 0x40 || byte > 0x7e))
    this.#sequence = open && sequence.length < SEQUENCE_BYTES ? sequence : undefined
    if (!open) this.#apply(sequence)
  }

  #apply(sequence: string): void {
    if (KEYPAD.has(sequence)) this.#keypad = sequence
    if (RESETS.has(sequence)) {
      this.#modes.clear()
      this.#keypad = ''
    }
    const [, modes, set] = SET_MODES.exec(sequence) ?? []
    if (modes === undefined || set === undefined) return
    for (const mode of modes.split(';')) {
      this.#modes.delete(mode)
      this.#modes.set(mode, set)
    }
  }
}
