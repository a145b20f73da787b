/** Owns the bytes of a torture run: what stands at each place of each stream, and chance that can be had again by its seed. */

/** Numbers from 0 to below 1. */
export type Chance = () => number

/** Mulberry32: small, and good enough to shuffle. */
export const chance = (seed: number): Chance => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** A whole number from `least` to `most`; small ones as likely as large ones. */
export const size = (next: Chance, least: number, most: number): number =>
  Math.floor((least + 1) * ((most + 1) / (least + 1)) ** next()) - 1 + (least === 0 ? 0 : 1)

/** Prime, so that no block of bytes repeats at a buffer's distance. */
const PERIOD = 1_000_003
const LONGEST = 1024 * 1024

const table = (() => {
  const next = chance(1)
  const bytes = Buffer.allocUnsafeSlow(PERIOD + LONGEST)
  for (let at = 0; at < PERIOD; at++) bytes[at] = next() * 256
  bytes.copyWithin(PERIOD, 0, LONGEST)
  return bytes
})()

/** The `length` bytes at `at` of stream `key`; at most a mebibyte. They never change. */
export const bytesAt = (key: number, at: number, length: number): Buffer => {
  const from = (key * 7_919 + at) % PERIOD
  return table.subarray(from, from + length)
}
