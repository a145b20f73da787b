/** Owns how ids of OAuth records are kept: an id is the token itself, so only its SHA-256 is stored. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** New with each process, never stored: nobody who has read the database can make a reference. */
const KEY = randomBytes(32)
const REFERENCE = /^ref\.([0-9a-f]{64})\.([0-9a-f]{64})$/

/** What is stored of an id of `model`, or of what {@link referenceTo} made of one. */
export const hashOfId = (model: string, id: string): string => {
  const [, hash, mark] = REFERENCE.exec(id) ?? []
  if (hash !== undefined && mark !== undefined && same(mark, markOf(model, hash))) return hash
  return sha256(id)
}

/**
 * Stands for the id of a record that was found without it, by user code or uid: the provider saves, consumes and
 * destroys by it. It is good in this process only, so a record may refer to another by hash and still tell an id.
 */
export const referenceTo = (model: string, hash: string): string => `ref.${hash}.${markOf(model, hash)}`

/** In hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const markOf = (model: string, hash: string): string =>
  createHmac('sha256', KEY).update(`${model}\0${hash}`).digest('hex')

const same = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(one), Buffer.from(other))
