/** Owns answering what programs ask a terminal while nobody looks at it: without an answer they wait, some for ever. */

interface Query {
  readonly pattern: RegExp
  readonly reply: string
}

/** ECMA-48 and xterm's ctlseqs: attributes, status, cursor, colours, modes. A plain VT220 with white on black. */
const QUERIES: readonly Query[] = [
  { pattern: /^\x1b\[0?c/, reply: '\x1b[?62;22c' },
  { pattern: /^\x1b\[>0?c/, reply: '\x1b[>1;10;0c' },
  { pattern: /^\x1b\[5n/, reply: '\x1b[0n' },
  { pattern: /^\x1b\[6n/, reply: '\x1b[1;1R' },
  { pattern: /^\x1b\[\?6n/, reply: '\x1b[?1;1R' },
  { pattern: /^\x1b\]10;\?(?:\x07|\x1b\\)/, reply: '\x1b]10;rgb:ffff/ffff/ffff\x1b\\' },
  { pattern: /^\x1b\]11;\?(?:\x07|\x1b\\)/, reply: '\x1b]11;rgb:0000/0000/0000\x1b\\' },
]

/** Longer than every query: how much of a sequence that is cut by a read is kept for the next. */
const QUERY_CHARS = 12
const COMPLETE = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[^[\]])/

/** Feed it all output of a terminal; it answers what to write back. */
export class TerminalReplies {
  #rest = ''

  feed(bytes: Uint8Array): string {
    const text = this.#rest + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    this.#rest = ''
    let replies = ''
    for (let at = text.indexOf('\x1b'); at !== -1; at = text.indexOf('\x1b', at + 1)) {
      const sequence = text.slice(at, at + QUERY_CHARS)
      if (sequence.length < QUERY_CHARS && !COMPLETE.test(sequence)) {
        this.#rest = sequence
        break
      }
      replies += QUERIES.find(({ pattern }) => pattern.test(sequence))?.reply ?? ''
    }
    return replies
  }
}
