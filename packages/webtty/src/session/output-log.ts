/** Owns what is kept of one stream of a process, and whether more will come. */
import type { Fd } from '@towline/protocol'
import type { Retained } from '../ring/ring.ts'

export interface OutputLog {
  readonly fd: Fd
  readonly kept: Retained
  /** No byte follows. */
  ended: boolean
}
