/** Owns matching addresses to networks: IPv4, IPv6, and IPv4 written as IPv6. The families never match each other. */
import { isIPv4, isIPv6 } from 'node:net'

/** An address: 2 words of 16 bits for IPv4, 8 for IPv6. */
export type Address = readonly number[]

/** A network: its first `bits` bits count. */
export interface Network {
  readonly address: Address
  readonly bits: number
}

const WORD_BITS = 16
const MAPPED_BITS = 96

/** Parses an address without brackets; a zone is ignored; `::ffff:1.2.3.4` is 1.2.3.4. Undefined when it is none. */
export const parseAddress = (text: string): Address | undefined => {
  const bare = text.replace(/%.*$/, '')
  if (isIPv4(bare)) return quad(bare)
  if (!isIPv6(bare)) return undefined
  const words = groups(bare)
  return isMapped(words) ? words.slice(6) : words
}

/** Parses `address/bits` or an address alone. Undefined when it is neither. */
export const parseNetwork = (text: string): Network | undefined => {
  const [, host, mask] = /^([^/]+?)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const address = host === undefined || host.includes('%') ? undefined : parseAddress(host)
  if (!host || !address) return undefined
  const width = address.length * WORD_BITS
  const shift = address.length === 2 && host.includes(':') ? MAPPED_BITS : 0
  const bits = mask === undefined ? width : Number(mask) - shift
  return bits >= 0 && bits <= width ? { address, bits } : undefined
}

/** Whether the address is in the network. */
export const inNetwork = (address: Address, { address: network, bits }: Network): boolean => {
  if (address.length !== network.length) return false
  for (let word = 0, left = bits; left > 0; word++, left -= WORD_BITS) {
    const difference = (address[word] as number) ^ (network[word] as number)
    if (difference >> Math.max(0, WORD_BITS - left) !== 0) return false
  }
  return true
}

const quad = (text: string): number[] => {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [(a << 8) | b, (c << 8) | d]
}

const groups = (text: string): number[] => {
  const [head = '', tail] = text.split('::')
  const before = wordsOf(head)
  const after = tail === undefined ? [] : wordsOf(tail)
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
}

const wordsOf = (text: string): number[] =>
  text === '' ? [] : text.split(':').flatMap((part) => (part.includes('.') ? quad(part) : [Number.parseInt(part, 16)]))

const isMapped = (words: readonly number[]): boolean =>
  words[5] === 0xffff && words.slice(0, 5).every((word) => word === 0)
