/** Owns what is known of a call that a person has to allow. */
import type { Way } from '@towline/operations'
import type { Subject } from './subject.ts'

export interface Requested extends Subject {
  /** The ways to say yes that count. */
  readonly ways: readonly Way[]
  /** Why it is asked. */
  readonly why: string
}
