/** Owns the output of a process that a client may still ask for: what was not sent is never forgotten. */
import { FD, type Fd, LIMITS, type OutputChunk, type ProcessStream } from '@towline/protocol'

interface Kept {
  readonly chunk: OutputChunk
  readonly bytes: number
}

const STREAMS: Readonly<Record<number, ProcessStream>> = {
  [FD.stdout]: 'stdout',
  [FD.stderr]: 'stderr',
  [FD.pty]: 'pty',
}

export class OutputRing {
  readonly #max: number
  #kept: Kept[] = []
  #bytes = 0
  /** Of the newest chunk that a client was sent, or has said to have. */
  #sentSeq = 0

  constructor(max: number = LIMITS.execServerOutputBytes) {
    this.#max = max
  }

  /** Copies. */
  add(seq: number, fd: Fd, bytes: Uint8Array): OutputChunk {
    const chunk = { seq, stream: STREAMS[fd] ?? 'stdout', chunk: Buffer.from(bytes).toString('base64') }
    this.#kept.push({ chunk, bytes: bytes.length })
    this.#bytes += bytes.length
    this.#forget()
    return chunk
  }

  sent(seq: number): void {
    this.#sentSeq = Math.max(this.#sentSeq, seq)
    this.#forget()
  }

  /** No more can be taken: nothing of it was sent. */
  get full(): boolean {
    return this.#bytes >= this.#max && (this.#kept[0]?.chunk.seq ?? 0) > this.#sentSeq
  }

  /** What follows `seq`, up to about `maxBytes`, and at least one chunk. */
  after(seq: number, maxBytes: number): readonly OutputChunk[] {
    const chunks: OutputChunk[] = []
    let bytes = 0
    for (const kept of this.#kept) {
      if (kept.chunk.seq <= seq) continue
      if (chunks.length > 0 && bytes + kept.bytes > maxBytes) break
      chunks.push(kept.chunk)
      bytes += kept.bytes
    }
    return chunks
  }

  #forget(): void {
    let gone = 0
    for (const { chunk, bytes } of this.#kept) {
      if (this.#bytes <= this.#max || chunk.seq > this.#sentSeq) break
      this.#bytes -= bytes
      gone += 1
    }
    if (gone > 0) this.#kept = this.#kept.slice(gone)
  }
}
