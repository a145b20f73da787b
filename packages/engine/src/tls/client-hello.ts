/** Owns reading a ClientHello before anyone answers it (RFC 8446 §4.1.2, §5.1): server name, ALPN and versions. */
import { AppError } from '@towline/protocol'
import { ByteReader } from './byte-reader.ts'
import { Growing } from './growing.ts'

/** What a ClientHello asks for. Of an encrypted one (ECH) this is the outer hello. */
export interface ClientHello {
  /** Lower case, without a final dot (RFC 6066 §3). */
  readonly serverName?: string
  /** Protocol names in the order of preference; GREASE left out (RFC 8701). */
  readonly alpn: readonly string[]
  /** Such as 0x0304 for TLS 1.3; GREASE left out. */
  readonly versions: readonly number[]
}

const HANDSHAKE = 0x16
const CLIENT_HELLO = 1
const RECORD_HEADER_BYTES = 5
const MESSAGE_HEADER_BYTES = 4
/** RFC 8446 §5.1. */
const RECORD_BYTES = 1 << 14
const RANDOM_BYTES = 32
const EXTENSION = { serverName: 0, alpn: 16, versions: 43 } as const
const HOST_NAME = 0
/** Names, and the addresses that some clients send although they should not. */
const SERVER_NAME = /^[a-z0-9_:.-]{1,253}$/

const bad = (problem: string): AppError => new AppError('PROTOCOL_ERROR', { problem: `ClientHello: ${problem}` })

/** Takes any cut of a connection's first bytes, records fragmented in any way. Keeps them all, to be sent on as they came. */
export class ClientHelloReader {
  readonly #most: number
  readonly #raw = new Growing()
  readonly #message = new Growing()
  /** Where in the raw bytes the next unread record header or payload begins. */
  #pos = 0
  #recordLeft = 0

  /** `most` bounds message and raw bytes (clientHelloBytes). */
  constructor(most: number) {
    this.#most = most
  }

  /** Everything pushed so far. */
  get raw(): Buffer {
    return this.#raw.view
  }

  /** The hello once it is complete, or undefined while it is not. Throws PROTOCOL_ERROR at the first byte that cannot be one. */
  push(bytes: Uint8Array): ClientHello | undefined {
    this.#raw.add(bytes)
    while (this.#pos < this.#raw.length) {
      if (this.#recordLeft === 0 && !this.#readRecordHeader(this.#raw.view)) break
      this.#takePayload(this.#raw.view)
      const hello = this.#complete(this.#message.view)
      if (hello) return hello
    }
    if (this.#raw.length > this.#most) throw bad('it is too long')
    return undefined
  }

  /** False when the header is not complete; what there is of it must be right already. */
  #readRecordHeader(raw: Buffer): boolean {
    const at = this.#pos
    if (raw[at] !== HANDSHAKE) throw bad('a record of another type')
    if (raw.length > at + 1 && raw[at + 1] !== 3) throw bad('no TLS version')
    if (raw.length < at + RECORD_HEADER_BYTES) return false
    const length = raw.readUInt16BE(at + 3)
    if (length === 0 || length > RECORD_BYTES) throw bad('a record of a length that is not allowed')
    this.#recordLeft = length
    this.#pos = at + RECORD_HEADER_BYTES
    return true
  }

  #takePayload(raw: Buffer): void {
    const to = Math.min(this.#pos + this.#recordLeft, raw.length)
    this.#message.add(raw.subarray(this.#pos, to))
    this.#recordLeft -= to - this.#pos
    this.#pos = to
  }

  #complete(message: Buffer): ClientHello | undefined {
    if (message.length > 0 && message[0] !== CLIENT_HELLO) throw bad('another message first')
    if (message.length < MESSAGE_HEADER_BYTES) return undefined
    const end = MESSAGE_HEADER_BYTES + message.readUIntBE(1, 3)
    if (end > this.#most) throw bad('it is too long')
    if (message.length < end) return undefined
    return parseHello(message.subarray(MESSAGE_HEADER_BYTES, end))
  }
}

/** The fields of a whole message. Throws PROTOCOL_ERROR. */
const parseHello = (body: Buffer): ClientHello => {
  const reader = new ByteReader(body, bad)
  const legacyVersion = reader.u16()
  reader.skip(RANDOM_BYTES)
  reader.block8()
  reader.block16()
  reader.block8()
  const extensions = reader.left === 0 ? new Map<number, ByteReader>() : readExtensions(reader.block16())
  reader.finish()
  const serverName = readServerName(extensions.get(EXTENSION.serverName))
  return {
    alpn: readAlpn(extensions.get(EXTENSION.alpn)),
    versions: readVersions(extensions.get(EXTENSION.versions)) ?? [legacyVersion],
    ...(serverName === undefined ? {} : { serverName }),
  }
}

const readExtensions = (list: ByteReader): Map<number, ByteReader> => {
  const found = new Map<number, ByteReader>()
  while (list.left > 0) {
    const type = list.u16()
    if (found.has(type)) throw bad('an extension twice')
    found.set(type, list.block16())
  }
  return found
}

/** Other kinds of names than host names are skipped; there are none in use. */
const readServerName = (extension: ByteReader | undefined): string | undefined => {
  if (!extension) return undefined
  const list = extension.block16()
  extension.finish()
  let name: string | undefined
  while (list.left > 0) {
    const type = list.u8()
    const text = list.block16().text().toLowerCase()
    if (type !== HOST_NAME) continue
    if (name !== undefined) throw bad('two server names')
    name = text.endsWith('.') ? text.slice(0, -1) : text
    if (!SERVER_NAME.test(name)) throw bad('the server name is not a name')
  }
  return name
}

const readAlpn = (extension: ByteReader | undefined): readonly string[] => {
  if (!extension) return []
  const list = extension.block16()
  extension.finish()
  const protocols: string[] = []
  while (list.left > 0) {
    const name = list.block8()
    if (name.left === 0) throw bad('an empty protocol name')
    const grease = name.left === 2 && isGrease(name.peek16())
    if (!grease) protocols.push(name.text())
  }
  return protocols
}

const readVersions = (extension: ByteReader | undefined): readonly number[] | undefined => {
  if (!extension) return undefined
  const list = extension.block8()
  extension.finish()
  const versions: number[] = []
  while (list.left > 0) {
    const version = list.u16()
    if (!isGrease(version)) versions.push(version)
  }
  return versions
}

/** 0x0a0a, 0x1a1a … 0xfafa. */
const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff)
