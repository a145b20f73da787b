/** Owns how many handshakes a server has at once: those who have proven nothing share a few places, and no address takes them all. */
import { type Limits, LIMITS } from '@towline/protocol'

type PendingLimits = Pick<Limits, 'e2eHandshakes' | 'e2eRefusals' | 'e2eRefusalMs' | 'e2eRefusedAddresses'>

/** Who comes in. */
export interface Newcomer {
  /** Without a port; all of whom nothing is known share one. */
  readonly address?: string | undefined
  /** Its place goes to another. */
  readonly giveWay: () => void
}

export interface Place {
  /** It has sent a first message that is one. Those who have not give way first. */
  begun(): void
  /** It was not let in. */
  refused(): void
  /** Once or more. */
  leave(): void
}

interface Held extends Newcomer {
  readonly address: string
  begun: boolean
}

/** One for all carriers of a server. */
export class PendingHandshakes {
  readonly #limits: PendingLimits
  readonly #now: () => number
  /** In the order they came. */
  readonly #held = new Set<Held>()
  readonly #refusals: Refusals

  /** `now` in milliseconds of a clock that does not go back. */
  constructor(limits: Partial<PendingLimits> = {}, now: () => number = () => performance.now()) {
    this.#limits = { ...LIMITS, ...limits }
    this.#now = now
    this.#refusals = new Refusals(this.#limits)
  }

  get count(): number {
    return this.#held.size
  }

  /** A place, if need be that of another; undefined for an address of which too many were refused. */
  enter({ address = '', giveWay }: Newcomer): Place | undefined {
    if (this.#refusals.isFull(address, this.#now())) return undefined
    if (this.#held.size >= this.#limits.e2eHandshakes) this.#makeRoom()
    const held: Held = { address, giveWay, begun: false }
    this.#held.add(held)
    return {
      begun: () => {
        held.begun = true
      },
      refused: () => this.#refusals.add(address, this.#now()),
      leave: () => void this.#held.delete(held),
    }
  }

  /** Of the address that holds most, the oldest of those who have said nothing yet, else the oldest. */
  #makeRoom(): void {
    const counts = new Map<string, number>()
    for (const { address } of this.#held) counts.set(address, (counts.get(address) ?? 0) + 1)
    const most = Math.max(...counts.values())
    const those = [...this.#held].filter(({ address }) => counts.get(address) === most)
    const one = those.find(({ begun }) => !begun) ?? those[0]
    if (!one) return
    this.#held.delete(one)
    one.giveWay()
  }
}

/** How many clients of an address were refused lately; they are forgotten one by one. */
class Refusals {
  readonly #limits: PendingLimits
  /** By address, when the last of them is forgotten; the one that was refused longest ago first. */
  readonly #until = new Map<string, number>()

  constructor(limits: PendingLimits) {
    this.#limits = limits
  }

  isFull(address: string, now: number): boolean {
    const { e2eRefusals, e2eRefusalMs } = this.#limits
    return (this.#until.get(address) ?? 0) - now > (e2eRefusals - 1) * e2eRefusalMs
  }

  add(address: string, now: number): void {
    const until = Math.max(this.#until.get(address) ?? 0, now) + this.#limits.e2eRefusalMs
    this.#until.delete(address)
    this.#until.set(address, until)
    const [oldest] = this.#until.keys()
    if (oldest !== undefined && this.#until.size > this.#limits.e2eRefusedAddresses) this.#until.delete(oldest)
  }
}
