/** Owns making identifiers: a prefix and random letters and digits. */
import { randomFillSync } from 'node:crypto'

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'
/** 256 is no multiple of 36: bytes from here up would make some letters likelier. */
const FAIR = 252

/** Asking the system for bytes takes far longer than using them. */
const pool = Buffer.alloc(1024)
let next = pool.length

/** None is given out twice, and none stays behind. */
const randomByte = (): number => {
  if (next === pool.length) {
    randomFillSync(pool)
    next = 0
  }
  const byte = pool[next] as number
  pool[next++] = 0
  return byte
}

/** `count` random characters of a-z and 0-9, about 5.17 bits each. */
export const randomText = (count: number): string => {
  let text = ''
  while (text.length < count) {
    const byte = randomByte()
    if (byte < FAIR) text += ALPHABET[byte % ALPHABET.length]
  }
  return text
}

type Prefix =
  | 'tun'
  | 'cli'
  | 'crd'
  | 'prj'
  | 'req'
  | 'err'
  | 'evt'
  | 'usr'
  | 'wsp'
  | 'chk'
  | 'key'
  | 'apr'
  | 'cal'
  | 'apl'
  | 'lcl'
  | 'sup'
  | 'prc'
  | 'lgn'
  | 'exp'

/** Such as `tun_7f3k…`: 16 characters after the prefix, about 82 bits. */
export const newId = (prefix: Prefix): string => `${prefix}_${randomText(16)}`
