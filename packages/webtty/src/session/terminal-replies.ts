/** Owns answering what programs ask a terminal while nobody looks at it: without an answer they wait, some for ever. */

const ESC = '\x1b'
const ATTRIBUTES = `${ESC}[?62;22c`
const VERSION = `${ESC}[>1;10;0c`

/**
 * What follows ESC, and the answer: attributes, status, cursor and colours of ECMA-48 and xterm's ctlseqs. A plain VT220
 * with white on black. None begins another; the end of a colour's question is left to be ignored.
 */
const ANSWERS: ReadonlyArray<readonly [asked: string, answer: string]> = [
  ['[c', ATTRIBUTES],
  ['[0c', ATTRIBUTES],
  ['[>c', VERSION],
  ['[>0c', VERSION],
  ['[5n', `${ESC}[0n`],
  ['[6n', `${ESC}[1;1R`],
  ['[?6n', `${ESC}[?1;1R`],
  [']10;?', `${ESC}]10;rgb:ffff/ffff/ffff${ESC}\\`],
  [']11;?', `${ESC}]11;rgb:0000/0000/0000${ESC}\\`],
]

/** Feed it all output of a terminal; it answers what to write back. */
export class TerminalReplies {
  /** The beginning of what may become a question. */
  #rest = ''

  feed(bytes: Uint8Array): string {
    if (this.#rest === '' && !bytes.includes(ESC.charCodeAt(0))) return ''
    const text = this.#rest + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    this.#rest = ''
    const [, ...sequences] = text.split(ESC)
    const last = sequences.at(-1)
    if (last !== undefined && ANSWERS.some(([asked]) => asked !== last && asked.startsWith(last)))
      this.#rest = ESC + last
    return sequences.map((sequence) => ANSWERS.find(([asked]) => sequence.startsWith(asked))?.[1] ?? '').join('')
  }
}
