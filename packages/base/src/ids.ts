/** Owns making identifiers: a prefix and random letters and digits. */
import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'
/** 256 is no multiple of 36: bytes from here up would make some letters likelier. */
const FAIR = 252

/** `count` random characters of a-z and 0-9, about 5.17 bits each. */
export const randomText = (count: number): string => {
  let text = ''
  while (text.length < count) {
    for (const byte of randomBytes(count))
      if (byte < FAIR && text.length < count) text += ALPHABET[byte % ALPHABET.length]
  }
  return text
}

type Prefix = 'tun' | 'cli' | 'crd' | 'prj' | 'req' | 'err' | 'evt' | 'usr' | 'wsp' | 'chk' | 'key' | 'apr'

/** Such as `tun_7f3k…`: 16 characters after the prefix, about 82 bits. */
export const newId = (prefix: Prefix): string => `${prefix}_${randomText(16)}`
