/** Owns the bytes a busy socket was given besides: kept without copying where their slab allows it. */
import { NO_SLAB, type Slab } from '@towline/protocol'

/** Parts smaller than this are copied, so that they do not hold a whole read buffer. */
const COPY_BELOW = 4 * 1024

/** Bytes that will not change before `release`. */
export const keep = (bytes: Uint8Array, slab: Slab): { bytes: Uint8Array; slab: Slab } => {
  if (slab === NO_SLAB) return { bytes, slab }
  if (!slab.pinnable || bytes.length < COPY_BELOW) return { bytes: Buffer.from(bytes), slab: NO_SLAB }
  slab.pin()
  return { bytes, slab }
}

/** For Node's streams, which call back once for every write, also when they break: unpins what `keep` answered. */
export const unpinning = (slab: Slab): (() => void) | undefined => (slab === NO_SLAB ? undefined : () => slab.unpin())

/** First in, first out, taken all at once. */
export class WriteQueue {
  #parts: Uint8Array[] = []
  #slabs: Slab[] = []

  get empty(): boolean {
    return this.#parts.length === 0
  }

  add(bytes: Uint8Array, slab: Slab): void {
    const kept = keep(bytes, slab)
    this.#parts.push(kept.bytes)
    this.#slabs.push(kept.slab)
  }

  /** Everything that waits; the caller unpins the slabs when it is written. */
  takeAll(): { parts: Uint8Array[]; slabs: Slab[] } {
    const taken = { parts: this.#parts, slabs: this.#slabs }
    this.#parts = []
    this.#slabs = []
    return taken
  }

  clear(): void {
    for (const slab of this.takeAll().slabs) slab.unpin()
  }
}
