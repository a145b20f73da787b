/** Owns who takes part in a process: one opener, whose credit stops it, and the others, whose never does. */
import { AppError, type Fd } from '@towline/protocol'
import type { Participant } from './participant.ts'

/** A spectator may act, such as type; a watcher may not. */
export type Role = 'opener' | 'spectator' | 'watcher'

export class Audience {
  readonly #most: number
  readonly #all = new Set<Participant>()
  #opener: Participant | undefined

  constructor(most: number) {
    this.#most = most
  }

  /** Whether somebody's terminal answers what the program asks. */
  get attended(): boolean {
    return this.#opener !== undefined
  }

  /** The opener before becomes a spectator: it mostly is the same client over a dead connection. Throws LIMIT_REACHED. */
  add(participant: Participant, role: Role): void {
    if (this.#all.size >= this.#most) this.#makeRoom(role)
    this.#all.add(participant)
    if (role === 'opener') this.#opener = participant
  }

  has(participant: Participant): boolean {
    return this.#all.has(participant)
  }

  /** Whether it is the one whose terminal it is. */
  holds(participant: Participant): boolean {
    return participant === this.#opener
  }

  /** Answers whether it was the opener. */
  remove(participant: Participant): boolean {
    participant.leave()
    this.#all.delete(participant)
    if (participant !== this.#opener) return false
    this.#opener = undefined
    return true
  }

  /** How many bytes the process may print to `fd` before it has to wait. */
  room(fd: Fd): number {
    return this.#opener?.room(fd) ?? Infinity
  }

  pump(): void {
    for (const participant of this.#all) participant.pump()
  }

  stdinGranted(maxOffset: number): void {
    for (const participant of this.#all) participant.stdinGranted(maxOffset)
  }

  /** An opener is never turned away: the oldest spectator goes. */
  #makeRoom(role: Role): void {
    if (role !== 'opener') throw new AppError('LIMIT_REACHED', { limit: 'webttyParticipants', value: this.#most })
    const [oldest] = this.#all
    if (oldest !== undefined) this.remove(oldest)
  }
}
