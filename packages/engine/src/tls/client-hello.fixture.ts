/** Owns making ClientHellos byte by byte, right and wrong, for the tests of whoever reads them. */

const u8 = (value: number): Buffer => Buffer.from([value])
const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])
const u24 = (value: number): Buffer => Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff])

export const block8 = (...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([u8(body.length), body])
}

export const block16 = (...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([u16(body.length), body])
}

export const extension = (type: number, ...parts: readonly Buffer[]): Buffer =>
  Buffer.concat([u16(type), block16(...parts)])

export const serverNames = (...names: readonly string[]): Buffer =>
  extension(0, block16(...names.map((name) => Buffer.concat([u8(0), block16(Buffer.from(name, 'latin1'))]))))

export const alpn = (...protocols: readonly Buffer[]): Buffer =>
  extension(16, block16(...protocols.map((name) => block8(name))))

export const versions = (...list: readonly number[]): Buffer => extension(43, block8(...list.map(u16)))

/** A whole handshake message. Without `extensions` there is no extension block, as before TLS 1.2. */
export const helloMessage = (extensions?: readonly Buffer[]): Buffer => {
  const body = Buffer.concat([
    u16(0x0303),
    Buffer.alloc(32, 7),
    block8(Buffer.alloc(32, 9)),
    block16(u16(0x0a0a), u16(0x1301)),
    block8(u8(0)),
    ...(extensions ? [block16(...extensions)] : []),
  ])
  return Buffer.concat([u8(1), u24(body.length), body])
}

/** The message in records of at most `most` bytes. */
export const records = (message: Buffer, most = 1 << 14): Buffer => {
  const out: Buffer[] = []
  for (let at = 0; at < message.length; at += most)
    out.push(u8(0x16), u16(0x0301), block16(message.subarray(at, at + most)))
  return Buffer.concat(out)
}
