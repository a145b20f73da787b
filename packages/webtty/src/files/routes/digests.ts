/** Owns digests of files, kept by entity tag so that a file is read only once for them. */
import { type BigIntStats, fstatSync } from 'node:fs'
import type { Limits } from '@towline/protocol'
import { etagOf } from '../root/entry.ts'
import { newHash } from './digest.ts'
import { sendRange } from './send.ts'

export class Digests {
  readonly #limits: Limits
  /** Oldest use first. */
  readonly #known = new Map<string, string>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  get(etag: string): string | undefined {
    const digest = this.#known.get(etag)
    if (digest !== undefined) this.put(etag, digest)
    return digest
  }

  put(etag: string, digest: string): void {
    this.#known.delete(etag)
    this.#known.set(etag, digest)
    const [oldest] = this.#known.keys()
    if (this.#known.size > this.#limits.filesDigests && oldest !== undefined) this.#known.delete(oldest)
  }

  /** The digest of an open file, base64; undefined when the file changes meanwhile. */
  async of(fd: number, before: BigIntStats, signal: AbortSignal): Promise<string | undefined> {
    const etag = etagOf(before)
    const known = this.get(etag)
    if (known !== undefined) return known
    const digest = await hashFile(fd, Number(before.size), { signal, limits: this.#limits })
    if (etagOf(fstatSync(fd, { bigint: true })) !== etag) return undefined
    this.put(etag, digest)
    return digest
  }
}

/** Hashes the first `size` bytes, base64. */
export const hashFile = async (
  fd: number,
  size: number,
  { signal, limits }: { signal: AbortSignal; limits: Limits },
): Promise<string> => {
  const hash = newHash()
  const onChunk = (bytes: Uint8Array): void => {
    signal.throwIfAborted()
    hash.update(bytes)
  }
  const out = { write: () => Promise.resolve() }
  await sendRange(fd, { start: 0, end: size, out }, { chunkBytes: limits.filesChunkBytes, onChunk })
  return hash.digest('base64')
}
