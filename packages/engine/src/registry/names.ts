/** Owns the leases of names: one holder per project and name, newest wins, epochs that never go back. */
import { AppError, type Limits, type Principal } from '@towline/protocol'
import { generatedName } from './generated-name.ts'
import { NameSlot } from './name-slot.ts'

export interface NamesOptions {
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** How often a made-up name that is in use is made up again. */
const ATTEMPTS = 8

/** All leased names of an engine. */
export class Names {
  readonly #slots = new Map<string, NameSlot>()
  readonly #limits: Limits
  /** Starts at the boot time, so that a restart goes on above it unless a thousand takeovers a second came before. */
  #epoch: number

  constructor({ limits, clock }: NamesOptions) {
    this.#limits = limits
    this.#epoch = clock()
  }

  /** The slot for an open; give it back with `release`. Throws NAME_TAKEN. */
  claim(principal: Principal, asked: string | undefined): NameSlot {
    const slot = this.#slotFor(principal, asked ?? this.#unused(principal.projectId))
    if (slot.rootCredentialId !== principal.rootCredentialId) throw new AppError('NAME_TAKEN', { name: slot.name })
    slot.claims++
    return slot
  }

  /** An open is over; the lease ends when nobody has the name. Answers whether it did. */
  release(slot: NameSlot): boolean {
    slot.claims--
    return this.drop(slot)
  }

  /** Ends the lease when nobody has the name. */
  drop(slot: NameSlot): boolean {
    return slot.free && this.#slots.delete(keyOf(slot.projectId, slot.name))
  }

  find(projectId: string, name: string): NameSlot | undefined {
    return this.#slots.get(keyOf(projectId, name))
  }

  /** Fences older holders. */
  nextEpoch(): number {
    this.#epoch++
    return this.#epoch
  }

  #slotFor(principal: Principal, name: string): NameSlot {
    const key = keyOf(principal.projectId, name)
    const slot = this.#slots.get(key) ?? new NameSlot(principal, name, this.#limits)
    this.#slots.set(key, slot)
    return slot
  }

  #unused(projectId: string): string {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const name = generatedName()
      if (!this.#slots.has(keyOf(projectId, name))) return name
    }
    throw new AppError('BUSY')
  }
}

/** Neither part holds a slash. */
const keyOf = (projectId: string, name: string): string => `${projectId}/${name}`
