/** Owns the secret by which a client comes back as the one that opened a process: 256 bits, kept as a hash, replaced at each use. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const digest = (token: string): Buffer => createHash('sha256').update(token).digest()

/** The newest counts, and the one that was used to get it until the newest is used: the answer that told it may have been lost. */
export class ResumeToken {
  #newest: Buffer | undefined
  #used: Buffer | undefined

  rotate(): string {
    const token = randomBytes(32).toString('base64url')
    this.#newest = digest(token)
    return token
  }

  /** In constant time. One that matches is the last that was used. */
  matches(token: string): boolean {
    const hash = digest(token)
    if (![this.#newest, this.#used].some((known) => known !== undefined && timingSafeEqual(known, hash))) return false
    this.#used = hash
    return true
  }
}
