/** Owns the strict parse of a request head (RFC 9112 §3, §6): one pass, nothing ambiguous passes, nothing is allocated. */
import { AppError, type Limits } from '@towline/protocol'
import { ascii, CR, HOST, LF, METHOD, QUESTION, SP, sameBytes, sameWord, TARGET, text } from './bytes.ts'
import { ConnectionOptions } from './connection-options.ts'
import { FIELD, FieldList, INCOMPLETE } from './fields.ts'

/** What `Expect` asks for. */
export const EXPECT = { nothing: 0, continue: 1, unknown: 2 } as const

const VERSION = ascii('HTTP/1.')
const PROTOCOL = ascii('HTTP/')
const CHUNKED = ascii('chunked')
const CONTINUE = ascii('100-continue')
const TRAILERS = ascii('trailers')
/** Up to 2^53 - 1 has at most this many digits; more leading zeros are nobody's length either. */
const LENGTH_DIGITS = 16

const bad = (problem: string): AppError => new AppError('HEAD_INVALID', { problem })

/** A parsed head. It points into `bytes` and is overwritten by the next parse. */
export class RequestHead {
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
  methodEnd = 0
  targetStart = 0
  targetEnd = 0
  /** Position of the "?" of the target, or `targetEnd` when there is none. */
  pathEnd = 0
  /** Where field lines begin. */
  fieldsStart = 0
  /** 0 or 1: HTTP/1.0 or HTTP/1.1. */
  minor = 1
  readonly fields: FieldList
  readonly connection = new ConnectionOptions()
  /** Index of the Host field, or -1. */
  host = -1
  /** Index of the last Accept field, or -1. */
  #accept = -1
  /** Content-Length, or -1. */
  length = -1
  chunked = false
  expect: (typeof EXPECT)[keyof typeof EXPECT] = EXPECT.nothing
  /** The connection asks to become another protocol, and may. */
  upgrade = false
  /** TE says exactly `trailers`, the one member that is forwarded. */
  trailers = false
  #tes = 0
  #upgrades = 0
  #h2c = false
  readonly #most: number

  constructor(limits: Limits) {
    this.fields = new FieldList(limits.headFields)
    this.#most = limits.headBytes
  }

  /** Parses a head that begins at `from`; answers its end, or INCOMPLETE. Throws the AppError to answer with. */
  parse(bytes: Uint8Array, from: number, end: number): number {
    const stop = Math.min(end, from + this.#most)
    this.#reset(bytes, from)
    const done = this.#parse(bytes, from, stop)
    if (done === INCOMPLETE && stop - from === this.#most) throw new AppError('HEAD_TOO_LARGE')
    return done
  }

  get hasBody(): boolean {
    return this.chunked || this.length > 0
  }

  /** The visitor wants, or can have, no further answer on this connection. */
  get close(): boolean {
    return this.minor === 0 || this.connection.close
  }

  /** Nothing changes upstream when it is sent twice (RFC 9110 §9.2.2), and there is no body to send twice. */
  get repeatable(): boolean {
    return !this.hasBody && !this.upgrade && IDEMPOTENT.has(this.method)
  }

  get method(): string {
    const { bytes, start, methodEnd } = this
    if (methodEnd - start === 3 && bytes[start] === 0x47 && bytes[start + 1] === 0x45 && bytes[start + 2] === 0x54)
      return 'GET'
    return text(bytes, start, methodEnd)
  }

  get path(): string {
    return text(this.bytes, this.targetStart, this.pathEnd)
  }

  /** Without the "?". */
  get query(): string {
    return text(this.bytes, Math.min(this.pathEnd + 1, this.targetEnd), this.targetEnd)
  }

  get accept(): string | undefined {
    return this.#accept < 0 ? undefined : this.fields.value(this.bytes, this.#accept)
  }

  #reset(bytes: Uint8Array, from: number): void {
    this.bytes = bytes
    this.start = from
    this.host = -1
    this.#accept = -1
    this.length = -1
    this.chunked = false
    this.expect = EXPECT.nothing
    this.upgrade = false
    this.trailers = false
    this.#tes = 0
    this.#upgrades = 0
    this.#h2c = false
    this.connection.reset()
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
    this.#judge(bytes)
    return done
  }

  #line(bytes: Uint8Array, from: number, end: number): number {
    let pos = from
    while (pos < end && METHOD[bytes[pos] as number] === 1) pos++
    if (pos === end) return INCOMPLETE
    if (bytes[pos] !== SP || pos === from) throw bad('the method is not an upper-case token')
    this.methodEnd = pos++
    this.targetStart = pos
    let question = -1
    for (; pos < end && TARGET[bytes[pos] as number] === 1; pos++)
      if (question < 0 && bytes[pos] === QUESTION) question = pos
    if (pos === end) return INCOMPLETE
    if (bytes[pos] !== SP) throw bad('the target holds a character that is not allowed')
    this.targetEnd = pos
    this.pathEnd = question < 0 ? pos : question
    this.#checkTarget(bytes)
    return this.#version(bytes, pos + 1, end)
  }

  #checkTarget(bytes: Uint8Array): void {
    const first = bytes[this.targetStart]
    if (first === 0x2f) return
    const method = text(bytes, this.start, this.methodEnd)
    if (method === 'CONNECT') throw new AppError('METHOD_UNSUPPORTED', { method })
    if (method === 'OPTIONS' && first === 0x2a && this.targetEnd - this.targetStart === 1) return
    throw bad('the target is not a path')
  }

  #version(bytes: Uint8Array, from: number, end: number): number {
    const has = Math.min(end - from, VERSION.length)
    if (!sameBytes(bytes, from, VERSION.subarray(0, has))) throw versionProblem(bytes, from, end)
    if (end - from < 8) return INCOMPLETE
    const digit = bytes[from + 7] as number
    if (digit !== 0x31 && digit !== 0x30) throw new AppError('HTTP_VERSION_UNSUPPORTED')
    this.minor = digit - 0x30
    if (end - from < 9) return INCOMPLETE
    if (bytes[from + 8] !== CR) throw bad('the request line does not end after the version')
    if (end - from < 10) return INCOMPLETE
    if (bytes[from + 9] !== LF) throw bad('a CR without LF')
    return from + 10
  }

  #known(bytes: Uint8Array, index: number): void {
    const from = this.fields.at[4 * index + 2] as number
    const to = this.fields.at[4 * index + 3] as number
    switch (this.fields.kinds[index]) {
      case FIELD.host:
        if (this.host >= 0) throw bad('more than one Host')
        this.host = index
        return checkHost(bytes, from, to)
      case FIELD.contentLength:
        if (this.length >= 0) throw bad('more than one Content-Length')
        this.#checkPadding(bytes, index)
        this.length = lengthOf(bytes, from, to)
        return
      case FIELD.transferEncoding:
        if (this.chunked) throw bad('more than one Transfer-Encoding')
        this.#checkPadding(bytes, index)
        if (to - from !== CHUNKED.length || !sameBytes(bytes, from, CHUNKED)) throw new AppError('CODING_UNSUPPORTED')
        this.chunked = true
        return
      case FIELD.connection:
        return this.connection.read(bytes, from, to)
      case FIELD.accept:
        this.#accept = index
        return
      case FIELD.upgrade:
        this.#upgrades++
        this.#h2c ||= /(^|[\s,])h2c?($|[\s,])/i.test(text(bytes, from, to))
        return
      case FIELD.expect:
        this.expect =
          this.expect === EXPECT.nothing && to - from === CONTINUE.length && sameWord(bytes, from, CONTINUE)
            ? EXPECT.continue
            : EXPECT.unknown
        return
      case FIELD.te:
        this.trailers = this.#tes++ === 0 && to - from === TRAILERS.length && sameWord(bytes, from, TRAILERS)
        return
      case FIELD.twisted:
        throw bad('a field the edge acts on is spelled with "_"')
    }
  }

  /** Tabs and trailing blanks around a framing value are legal, and read differently by some upstreams. */
  #checkPadding(bytes: Uint8Array, index: number): void {
    const { at } = this.fields
    const from = (at[4 * index + 1] as number) + 1
    const value = at[4 * index + 2] as number
    for (let pos = from; pos < value; pos++) if (bytes[pos] !== SP) throw bad('a tab before a framing value')
    if (bytes[at[4 * index + 3] as number] !== CR) throw bad('a blank after a framing value')
  }

  #judge(bytes: Uint8Array): void {
    if (this.minor === 1 && this.host < 0) throw bad('no Host')
    if (this.chunked && this.length >= 0) throw bad('Content-Length and Transfer-Encoding together')
    if (this.chunked && this.minor === 0) throw bad('Transfer-Encoding on HTTP/1.0')
    if (this.connection.reserved) throw bad('Connection names a field that frames or routes')
    if (this.#upgrades > 0) this.#judgeUpgrade(bytes)
  }

  /** An upgrade with a body is where proxies and upstreams part ways (CVE-2026-58055); h2c would leave our sight. */
  #judgeUpgrade(bytes: Uint8Array): void {
    const framed = this.chunked || this.length >= 0
    if (framed && text(bytes, this.start, this.methodEnd) === 'GET') throw bad('a body on an upgrade')
    this.upgrade = this.minor === 1 && this.connection.upgrade && this.#upgrades === 1 && !framed && !this.#h2c
  }
}

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** Value of a Content-Length: plain digits, below 2^53. */
export const lengthOf = (bytes: Uint8Array, from: number, to: number): number => {
  if (to === from || to - from > LENGTH_DIGITS) throw bad('Content-Length is not a plain number')
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] as number) - 0x30
    if (digit < 0 || digit > 9) throw bad('Content-Length is not a plain number')
    value = value * 10 + digit
  }
  if (value > Number.MAX_SAFE_INTEGER) throw bad('Content-Length is too large')
  return value
}

/** `name`, `name:port`, `1.2.3.4`, `[v6]:port`; nothing else (RFC 3986 §3.2.2 without userinfo and escapes). */
const checkHost = (bytes: Uint8Array, from: number, to: number): void => {
  let at = from
  if (bytes[at] === 0x5b) at = afterBracket(bytes, from, to)
  else while (at < to && HOST[bytes[at] as number] === 1) at++
  if (at === from) throw bad('Host is empty or not a name')
  if (at < to) checkPort(bytes, at, to)
}

const afterBracket = (bytes: Uint8Array, from: number, to: number): number => {
  const literal = /^\[[0-9A-Fa-f:.]{2,45}\]/.exec(text(bytes, from, to))
  if (!literal) throw bad('Host is not a name')
  return from + literal[0].length
}

const checkPort = (bytes: Uint8Array, from: number, to: number): void => {
  if (bytes[from] !== 0x3a || to - from > 6) throw bad('Host is not a name')
  for (let at = from + 1; at < to; at++) {
    if ((bytes[at] as number) < 0x30 || (bytes[at] as number) > 0x39) throw bad('Host has a port that is not a number')
  }
}

const versionProblem = (bytes: Uint8Array, from: number, end: number): AppError => {
  const named = end - from >= PROTOCOL.length && sameBytes(bytes, from, PROTOCOL)
  return named ? new AppError('HTTP_VERSION_UNSUPPORTED') : bad('the request line has no HTTP version')
}
