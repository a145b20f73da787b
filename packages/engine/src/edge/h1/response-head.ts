/** Owns the parse of a response head (RFC 9112 §4, §6.3): status, and framing that leaves no doubt. */
import { AppError, type Limits } from '@towline/protocol'
import { ascii, CR, LF, SP, sameBytes, sameWord, VALUE } from './bytes.ts'
import { ConnectionOptions } from './connection-options.ts'
import { FIELD, FieldList, INCOMPLETE } from './fields.ts'
import { lengthOf } from './request-head.ts'

const VERSION = ascii('HTTP/1.')
const CHUNKED = ascii('chunked')
/** Frameworks set more fields than browsers do. */
const FIELDS_FACTOR = 2

const bad = (problem: string): AppError => new AppError('UPSTREAM_INVALID', { problem })

/** A parsed head. It points into `bytes` and is overwritten by the next parse. */
export class ResponseHead {
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
  minor = 1
  status = 0
  /** Where field lines begin. */
  fieldsStart = 0
  readonly fields: FieldList
  readonly connection = new ConnectionOptions()
  length = -1
  chunked = false
  readonly #most: number

  constructor(limits: Limits) {
    this.fields = new FieldList(FIELDS_FACTOR * limits.headFields)
    this.#most = limits.responseHeadBytes
  }

  /** Parses a head that begins at `from`; answers its end, or INCOMPLETE. Throws an AppError for anything doubtful. */
  parse(bytes: Uint8Array, from: number, end: number): number {
    const stop = Math.min(end, from + this.#most)
    this.bytes = bytes
    this.start = from
    this.length = -1
    this.chunked = false
    this.connection.reset()
    const done = this.#parse(bytes, from, stop)
    if (done === INCOMPLETE && stop - from === this.#most) throw bad('the head is too large')
    return done
  }

  /** 1xx other than 101: another head follows. */
  get interim(): boolean {
    return this.status < 200 && this.status !== 101
  }

  #parse(bytes: Uint8Array, from: number, end: number): number {
    const fields = this.#line(bytes, from, end)
    if (fields === INCOMPLETE) return INCOMPLETE
    this.fieldsStart = fields
    const done = this.fields.scan(bytes, fields, end)
    if (done === INCOMPLETE) return INCOMPLETE
    for (let index = 0; index < this.fields.count; index++) {
      if (this.fields.kinds[index] !== FIELD.other) this.#known(bytes, index)
    }
    if (this.chunked && this.length >= 0) throw bad('Content-Length and Transfer-Encoding together')
    if (this.chunked && this.minor === 0) throw bad('Transfer-Encoding on HTTP/1.0')
    if (this.connection.reserved) throw bad('Connection names a field that frames')
    return done
  }

  /** `HTTP/1.x NNN reason`; the reason and the blank before it may be missing. */
  #line(bytes: Uint8Array, from: number, end: number): number {
    const has = Math.min(end - from, VERSION.length)
    if (!sameBytes(bytes, from, VERSION.subarray(0, has))) throw bad('no HTTP/1 status line')
    if (end - from < 13) return INCOMPLETE
    const minor = (bytes[from + 7] as number) - 0x30
    this.status = statusOf(bytes, from + 9)
    if (minor !== 0 && minor !== 1) throw bad('no HTTP/1.0 or HTTP/1.1')
    if (bytes[from + 8] !== SP || this.status < 100) throw bad('the status line is not valid')
    this.minor = minor
    let pos = from + 12
    if (bytes[pos] !== SP && bytes[pos] !== CR) throw bad('the status line is not valid')
    while (pos < end && VALUE[bytes[pos] as number] === 1) pos++
    if (pos + 1 >= end) return INCOMPLETE
    if (bytes[pos] !== CR || bytes[pos + 1] !== LF) throw bad('the status line does not end in CR LF')
    return pos + 2
  }

  #known(bytes: Uint8Array, index: number): void {
    const from = this.fields.at[4 * index + 2] as number
    const to = this.fields.at[4 * index + 3] as number
    switch (this.fields.kinds[index]) {
      case FIELD.contentLength:
        if (this.length >= 0) throw bad('more than one Content-Length')
        this.length = lengthOf(bytes, from, to)
        return
      case FIELD.transferEncoding:
        if (this.chunked || to - from !== CHUNKED.length || !sameWord(bytes, from, CHUNKED))
          throw bad('Transfer-Encoding')
        this.chunked = true
        return
      case FIELD.connection:
        return this.connection.read(bytes, from, to)
    }
  }
}

/** Three digits as a number, or 0. */
const statusOf = (bytes: Uint8Array, from: number): number => {
  let status = 0
  for (let at = from; at < from + 3; at++) {
    const digit = (bytes[at] as number) - 0x30
    if (digit < 0 || digit > 9) return 0
    status = status * 10 + digit
  }
  return status
}
