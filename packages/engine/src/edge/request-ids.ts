/** Owns making request ids cheaply: random letters and digits from a pool that is filled now and then. */
import { randomFillSync } from 'node:crypto'
import { text } from './h1/bytes.ts'

const ALPHABET = Buffer.from('0123456789abcdefghijklmnopqrstuv', 'latin1')
/** 5 bits each: 80 bits. */
const CHARS = 16
const POOL_IDS = 256

const pool = Buffer.alloc(CHARS * POOL_IDS)
let next = pool.length

/** A fresh id such as `req_0f9a…`. */
export const requestId = (): string => {
  if (next === pool.length) refill()
  next += CHARS
  return `req_${text(pool, next - CHARS, next)}`
}

const refill = (): void => {
  randomFillSync(pool)
  for (let at = 0; at < pool.length; at++) pool[at] = ALPHABET[(pool[at] as number) & 31] as number
  next = 0
}
