/** Owns what keys send that a phone's keyboard lacks. */

/** Keys of the row, in order. `send` is what they type; arrows depend on the mode of the terminal. */
export const ROW_KEYS = [
  { label: 'Esc', name: 'Escape', send: '\u001b' },
  { label: 'Tab', name: 'Tab', send: '\t' },
  { label: '\u2190', name: 'Left', arrow: 'D' },
  { label: '\u2193', name: 'Down', arrow: 'B' },
  { label: '\u2191', name: 'Up', arrow: 'A' },
  { label: '\u2192', name: 'Right', arrow: 'C' },
  { label: '^C', name: 'Interrupt', send: '\u0003' },
  { label: '|', name: 'Pipe', send: '|' },
  { label: '~', name: 'Tilde', send: '~' },
  { label: '-', name: 'Dash', send: '-' },
  { label: '/', name: 'Slash', send: '/' },
] as const satisfies readonly RowKey[]

/** A key of the row. */
export interface RowKey {
  readonly label: string
  /** For those who do not see it. */
  readonly name: string
  readonly send?: string
  /** Final byte of its sequence. */
  readonly arrow?: string
}

export interface KeyModes {
  /** Ctrl is held. */
  readonly ctrl: boolean
  /** DECCKM: programs that fill the screen ask for it. */
  readonly applicationCursor: boolean
}

/** What a key of the row types. */
export const keyText = ({ send, arrow }: RowKey, { ctrl, applicationCursor }: KeyModes): string => {
  if (arrow === undefined) return ctrl ? withCtrl(send ?? '') : (send ?? '')
  if (ctrl) return `\u001b[1;5${arrow}`
  return `\u001b${applicationCursor ? 'O' : '['}${arrow}`
}

/** Characters whose control code is not that of their letter. */
const ODD: Readonly<Record<string, number>> = { ' ': 0, '~': 30, '-': 31, '/': 31, '?': 127, '|': 28 }

/** One character as it is typed with Ctrl; others, and longer texts, stay. */
export const withCtrl = (text: string): string => {
  const odd = ODD[text]
  if (odd !== undefined) return String.fromCharCode(odd)
  return /^[@-_a-z]$/.test(text) ? String.fromCharCode(text.charCodeAt(0) & 0x1f) : text
}
