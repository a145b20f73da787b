/** Owns ids of threads, turns and items: UUIDv7 (RFC 9562 §5.7), which sort by the time they were made. */
import { randomFillSync } from 'node:crypto'

export const uuid7 = (now = Date.now()): string => {
  const bytes = randomFillSync(Buffer.alloc(16))
  bytes.writeUIntBE(now, 0, 6)
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const isUuid = (text: string): boolean => UUID.test(text)

/** What is wrong with an id that is none, in the words of stock. */
export const uuidProblem = (id: string): string => {
  const at = [...id].findIndex((letter) => !/[0-9a-f-]/i.test(letter))
  if (at >= 0)
    return `invalid character: expected an optional prefix of \`urn:uuid:\` followed by [0-9a-fA-F-], found \`${id.charAt(at)}\` at ${at + 1}`
  return `invalid length: expected length 32 for simple format, found ${id.length}`
}
