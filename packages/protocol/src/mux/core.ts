/** Owns what the streams of a mux may ask of it. */
import type { Part } from '../channel.ts'
import type { Limits } from '../limits.ts'
import type { MuxStream } from './stream.ts'
import type { LinkBudget } from './window.ts'

/** The side of {@link Mux} that its streams see. */
export interface MuxCore {
  readonly limits: Limits
  readonly budget: LinkBudget
  /** Milliseconds with fractions, never going back. */
  readonly now: () => number
  /** Whether a writer may go on without waiting for the link. */
  readonly hasRoom: boolean
  /** Sends as DATA what `credit` and the link allow now; answers how much it took. */
  emit(id: number, part: Part, credit: number): number
  /** The stream waits for its turn; turns go round. */
  ready(stream: MuxStream): void
  sendWindow(id: number, credit: number): void
  sendEnd(id: number): void
  sendReset(id: number, code: number): void
  forget(id: number): void
}
