/** Owns the secret by which a client comes back as the one that opened a process: 256 bits, single use, kept as a hash. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const digest = (token: string): Buffer => createHash('sha256').update(token).digest()

/** Holds the one token that counts now. */
export class ResumeToken {
  #hash: Buffer | undefined

  /** A new token; the one before counts no more. */
  rotate(): string {
    const token = randomBytes(32).toString('base64url')
    this.#hash = digest(token)
    return token
  }

  /** In constant time. */
  matches(token: string): boolean {
    return this.#hash !== undefined && timingSafeEqual(this.#hash, digest(token))
  }
}
