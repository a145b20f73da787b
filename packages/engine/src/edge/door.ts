/** Owns the way of a request to its tunnel: routing, the steps before it, and waiting for a host that is away. */
import { AppError, type Principal } from '@towline/protocol'
import type { LiveTunnel } from '../registry/live-tunnel.ts'
import type { EdgeContext } from './context.ts'
import { RequestFacts } from './facts.ts'
import type { RequestHead } from './h1/request-head.ts'
import { hasSteps } from './steps.ts'
import type { Visitor } from './visitor.ts'

/** Whose door it is. */
export interface DoorOwner {
  /** A wait is over: the request at the door may be asked for again. */
  readonly wake: () => void
  /** The credential on whose word requests run is revoked. */
  readonly cut: () => void
}

/** One visitor connection's door. The same request asks again after each wait, until it is let through or refused. */
export class Door {
  /** The project of the tunnel that was routed to last. */
  projectId: string | undefined
  readonly #context: EdgeContext
  readonly #visitor: Visitor
  readonly #owner: DoorOwner
  readonly #abort = new AbortController()
  /** The tunnel that the request at the door was admitted to after a wait; it counts once, for the turn after that wait. */
  #admitted: LiveTunnel['tunnel'] | undefined
  /** Who the request at the door is. */
  #guest: Principal | undefined
  /** On whose word the requests run that went through; one at a time. */
  #inside: Principal | undefined
  #unfollow = (): void => {}
  #refusal: unknown
  #heldSince: number | undefined

  constructor(context: EdgeContext, visitor: Visitor, owner: DoorOwner) {
    this.#context = context
    this.#visitor = visitor
    this.#owner = owner
  }

  /** The tunnel of a host. Throws TUNNEL_UNKNOWN, or the refusal that a wait ended with. */
  route(host: string): LiveTunnel {
    if (this.#refusal !== undefined) throw this.#refusal
    const live = this.#context.deps.router.http(host)
    this.projectId = live?.tunnel.projectId
    if (!live) throw new AppError('TUNNEL_UNKNOWN')
    return live
  }

  /** Whether the request may go to the tunnel now; false while a wait is under way. Throws the refusal. */
  passes(live: LiveTunnel, head: RequestHead, host: string): boolean {
    return this.#admits(live, head, host) && (live.online || this.hold(live))
  }

  /**
   * Lets the request at the door in, at once after it passed; false while earlier ones run on another's word. Throws
   * UNAUTHENTICATED when its credential was revoked since it was checked.
   */
  enters(busy: boolean): boolean {
    const guest = this.#guest
    if (guest?.credentialId === this.#inside?.credentialId) return true
    if (busy) return false
    this.#empty()
    if (guest) this.#unfollow = this.#context.admission.follow(guest, () => this.#revoked())
    this.#inside = guest
    return true
  }

  /** Waits for the host to come back. Throws TUNNEL_OFFLINE when that has taken too long already. */
  hold(live: LiveTunnel): false {
    const { clock, limits } = this.#context.deps
    const now = clock()
    this.#heldSince ??= now
    if (now - this.#heldSince >= limits.holdMs) throw new AppError('TUNNEL_OFFLINE')
    return this.#wait(
      live.whenOnline(this.#abort.signal).then((found) => {
        if (!found) throw new AppError('TUNNEL_OFFLINE')
      }),
    )
  }

  /** The request went through or was refused; the next one begins anew. */
  forget(): void {
    this.#admitted = undefined
    this.#guest = undefined
    this.#refusal = undefined
    this.#heldSince = undefined
  }

  close(): void {
    this.#empty()
    this.#abort.abort()
  }

  #empty(): void {
    this.#unfollow()
    this.#inside = undefined
  }

  #revoked(): void {
    this.#inside = undefined
    this.#owner.cut()
  }

  #admits(live: LiveTunnel, head: RequestHead, host: string): boolean {
    const { tunnel } = live
    const admitted = this.#admitted
    this.#admitted = undefined
    if (admitted === tunnel) return true
    this.#guest = undefined
    if (!hasSteps(tunnel)) return true
    const facts = new RequestFacts(this.#visitor, tunnel, { head, host })
    const asked = this.#context.admission.admit('http', facts)
    this.#guest = facts.guest
    if (!asked) return true
    return this.#wait(
      asked.then(() => {
        this.#admitted = tunnel
        this.#guest = facts.guest
      }),
    )
  }

  #wait(until: Promise<void>): false {
    until
      .catch((error: unknown) => {
        this.#refusal = error
      })
      .finally(() => {
        if (!this.#abort.signal.aborted) this.#owner.wake()
      })
      .catch(() => {})
    return false
  }
}
