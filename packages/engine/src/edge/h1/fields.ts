/** Owns the one strict scan of HTTP/1 field lines (RFC 9112 §5): where each field is, and which ones a proxy acts on. */
import { AppError } from '@towline/protocol'
import { ascii, CR, COLON, FOLD, LF, SP, sameWord, TAB, text, TOKEN, VALUE } from './bytes.ts'

/** What a proxy does with a field; everything else is `other` and passes byte for byte. */
export const FIELD = {
  other: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  upgrade: 5,
  expect: 6,
  te: 7,
  authorization: 8,
  /** Hop-by-hop: never forwarded. */
  hop: 9,
  /** Said by the edge about the visitor, never by the visitor. */
  ours: 10,
  /** A framing or routing field written with "_", which CGI-like upstreams would take for the real one. */
  twisted: 11,
  /** Passes as it is; says in which form the visitor reads our pages. */
  accept: 12,
  /** Passes unless the tunnel has a rule for it. */
  origin: 13,
} as const

export type Field = (typeof FIELD)[keyof typeof FIELD]

const NAMES: readonly (readonly [string, Field])[] = [
  ['host', FIELD.host],
  ['content-length', FIELD.contentLength],
  ['transfer-encoding', FIELD.transferEncoding],
  ['connection', FIELD.connection],
  ['upgrade', FIELD.upgrade],
  ['expect', FIELD.expect],
  ['te', FIELD.te],
  ['authorization', FIELD.authorization],
  ['keep-alive', FIELD.hop],
  ['forwarded', FIELD.ours],
  ['x-real-ip', FIELD.ours],
  ['x-request-id', FIELD.ours],
  ['accept', FIELD.accept],
  ['origin', FIELD.origin],
]

const PREFIXES: readonly (readonly [Uint8Array, Field])[] = [
  [ascii('x-forwarded-'), FIELD.ours],
  [ascii('proxy-'), FIELD.hop],
]

const WORDS = NAMES.map(([name, field]) => ({ word: ascii(name), field }))
/** First and last letter and length tell the known names apart; 0 means none. The test proves that no two share a slot. */
const slot = (first: number, last: number, length: number): number => ((first & 31) << 5) ^ (last & 31) ^ (length << 10)
const SLOTS = new Uint8Array(32 << 10)
for (const [index, { word }] of WORDS.entries()) {
  SLOTS[slot(word[0] as number, word[word.length - 1] as number, word.length)] = index + 1
}
const LONGEST = 31
const UNDERSCORE = 0x5f

/** What kind of field the name at from..to is. */
export const fieldOf = (bytes: Uint8Array, from: number, to: number): Field => {
  const length = to - from
  const first = bytes[from] as number
  const known = length > LONGEST ? 0 : (SLOTS[slot(first, bytes[to - 1] as number, length)] as number)
  if (known > 0) {
    const { word, field } = WORDS[known - 1] as (typeof WORDS)[number]
    if (sameWord(bytes, from, word)) return straight(bytes, from, to, field)
  }
  const letter = first | 0x20
  return letter === 0x78 || letter === 0x70 ? prefixed(bytes, from, length) : FIELD.other
}

/** "_" for "-" makes a field we strip no better, and a field we frame by a trap. */
// oxlint-disable-next-line max-params -- a byte range and its kind, on the hot path
const straight = (bytes: Uint8Array, from: number, to: number, field: Field): Field => {
  if (field === FIELD.hop || field === FIELD.ours) return field
  for (let at = from; at < to; at++) if (bytes[at] === UNDERSCORE) return FIELD.twisted
  return field
}

const prefixed = (bytes: Uint8Array, from: number, length: number): Field => {
  for (const [prefix, field] of PREFIXES) {
    if (length > prefix.length && sameWord(bytes, from, prefix)) return field
  }
  return FIELD.other
}

/** The scan needs more bytes. */
export const INCOMPLETE = -1

const bad = (problem: string): AppError => new AppError('HEAD_INVALID', { problem })

/** Positions of the field lines of one head; reused for the next head, so that scanning allocates nothing. */
export class FieldList {
  count = 0
  /** Four numbers a field: name from, name to, value from, value to (without surrounding blanks); then the end of the fields. */
  readonly at: Int32Array
  readonly kinds: Uint8Array
  readonly #most: number

  constructor(most: number) {
    this.#most = most
    this.at = new Int32Array(4 * (most + 1))
    this.kinds = new Uint8Array(most + 1)
  }

  /** Scans field lines and the empty line after them; answers the position after it, or INCOMPLETE. Throws HEAD_INVALID, HEAD_TOO_LARGE. */
  scan(bytes: Uint8Array, from: number, end: number): number {
    let pos = from
    this.count = 0
    for (;;) {
      if (pos >= end) return INCOMPLETE
      if (bytes[pos] === CR) return this.#last(bytes, pos, end)
      const name = pos
      while (pos < end && TOKEN[bytes[pos] as number] === 1) pos++
      if (pos === end) return INCOMPLETE
      if (bytes[pos] !== COLON || pos === name) throw nameProblem(bytes, name, pos)
      const nameEnd = pos++
      while (pos < end && (bytes[pos] === SP || bytes[pos] === TAB)) pos++
      const value = pos
      while (pos < end && VALUE[bytes[pos] as number] === 1) pos++
      if (pos === end) return INCOMPLETE
      if (bytes[pos] !== CR) throw valueProblem(bytes[pos] as number)
      if (pos + 1 === end) return INCOMPLETE
      if (bytes[pos + 1] !== LF) throw bad('a CR without LF')
      this.#add(bytes, name, nameEnd, value, pos)
      pos += 2
    }
  }

  /** Text of a field's name. */
  name(bytes: Uint8Array, index: number): string {
    return text(bytes, this.at[4 * index] as number, this.at[4 * index + 1] as number)
  }

  /** Text of a field's value. */
  value(bytes: Uint8Array, index: number): string {
    return text(bytes, this.at[4 * index + 2] as number, this.at[4 * index + 3] as number)
  }

  /** Every value of a field; `name` in lower case. */
  values(bytes: Uint8Array, name: string): string[] {
    const found: string[] = []
    for (let index = 0; index < this.count; index++) {
      const from = this.at[4 * index] as number
      const to = this.at[4 * index + 1] as number
      if (to - from === name.length && text(bytes, from, to).toLowerCase() === name)
        found.push(this.value(bytes, index))
    }
    return found
  }

  // oxlint-disable-next-line max-params -- four positions, on the hot path
  #add(bytes: Uint8Array, name: number, nameEnd: number, value: number, lineEnd: number): void {
    if (this.count === this.#most) throw new AppError('HEAD_TOO_LARGE')
    let valueEnd = lineEnd
    while (valueEnd > value && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === TAB)) valueEnd--
    const { at } = this
    const base = 4 * this.count
    at[base] = name
    at[base + 1] = nameEnd
    at[base + 2] = value
    at[base + 3] = valueEnd
    this.kinds[this.count++] = fieldOf(bytes, name, nameEnd)
  }

  #last(bytes: Uint8Array, pos: number, end: number): number {
    if (pos + 1 === end) return INCOMPLETE
    if (bytes[pos + 1] !== LF) throw bad('a CR without LF')
    this.at[4 * this.count] = pos
    return pos + 2
  }
}

const nameProblem = (bytes: Uint8Array, name: number, pos: number): AppError => {
  const byte = bytes[pos]
  if (pos === name && (byte === SP || byte === TAB)) return bad('a folded or indented field line')
  if (byte === LF) return bad('a bare LF')
  if (byte === SP || byte === TAB) return bad('a blank in or after a field name')
  return bad(pos === name ? 'an empty field name' : 'a field name is not a token')
}

const valueProblem = (byte: number): AppError => bad(byte === LF ? 'a bare LF' : 'a control character in a field value')

/** Lower-case fold of a name, "_" as "-", for comparing names that come in pieces. */
export const folded = (name: string): string =>
  Array.from(name, (char) => String.fromCharCode(FOLD[char.charCodeAt(0) & 0xff] as number)).join('')
