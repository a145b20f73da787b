/** Owns the byte classes of HTTP/1 heads (RFC 9112 §2-5, RFC 9110 §5.6.2) and comparisons on raw bytes. */

export const TAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SP = 0x20
export const COLON = 0x3a
export const SEMICOLON = 0x3b
export const QUESTION = 0x3f

const table = (accepts: (byte: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => Number(accepts(byte)))

/** tchar: field names and methods. */
export const TOKEN = table((byte) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)))

/** Methods: tokens without lower case, so that nobody disagrees about what is a HEAD. */
export const METHOD = table((byte) => TOKEN[byte] === 1 && !(byte >= 0x61 && byte <= 0x7a))

/** Request targets: visible ASCII except "#". */
export const TARGET = table((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x23)

/** Field values: visible bytes, space, tab, obs-text; no CR, LF, NUL or other control. */
export const VALUE = table((byte) => byte === TAB || (byte >= 0x20 && byte !== 0x7f))

/** Chunk extensions: as values, but ASCII only. */
export const EXTENSION = table((byte) => byte === TAB || (byte >= 0x20 && byte < 0x7f))

/** Host names, before the port. */
export const HOST = table((byte) => /[0-9A-Za-z.\-_]/.test(String.fromCharCode(byte)))

/** Value of a hex digit, or 255. */
export const HEX = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = Number.parseInt(String.fromCharCode(byte), 16)
  return Number.isNaN(digit) ? 255 : digit
})

/** Lower case, with "_" as "-": CGI-like upstreams cannot tell the two apart. */
export const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x41 && byte <= 0x5a) return byte | 0x20
  return byte === 0x5f ? 0x2d : byte
})

/** The bytes of an ASCII text. */
export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))

/** Buffer's own slicing works on every Uint8Array and spares wrapping it; absent from the types. */
const { latin1Slice, latin1Write } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, from: number, to: number): string
  latin1Write(this: Uint8Array, text: string, at: number): number
}

/** Text of bytes, one char a byte. */
export const text = (bytes: Uint8Array, from: number, to: number): string => latin1Slice.call(bytes, from, to)

/** Writes a text at a position, one byte a char; answers how many. */
export const writeText = (bytes: Uint8Array, at: number, latin1: string): number => latin1Write.call(bytes, latin1, at)

/** Whether bytes from..to are exactly `expected`. */
export const sameBytes = (bytes: Uint8Array, from: number, expected: Uint8Array): boolean => {
  for (let index = 0; index < expected.length; index++) {
    if (bytes[from + index] !== expected[index]) return false
  }
  return true
}

/** Whether bytes from..to spell `expected` (lower case, no "_") in any case. */
export const sameWord = (bytes: Uint8Array, from: number, expected: Uint8Array): boolean => {
  for (let index = 0; index < expected.length; index++) {
    if (FOLD[bytes[from + index] as number] !== expected[index]) return false
  }
  return true
}
