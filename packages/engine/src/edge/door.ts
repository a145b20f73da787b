/** Owns the way of a request to its tunnel: routing, the steps before it, and waiting for a host that is away. */
import { AppError } from '@towline/protocol'
import type { LiveTunnel } from '../registry/live-tunnel.ts'
import type { EdgeContext } from './context.ts'
import { RequestFacts } from './facts.ts'
import type { RequestHead } from './h1/request-head.ts'
import { hasSteps } from './steps.ts'
import type { Visitor } from './visitor.ts'

/** One visitor connection's door. The same request asks again after each wait, until it is let through or refused. */
export class Door {
  /** The project of the tunnel that was routed to last. */
  projectId: string | undefined
  readonly #context: EdgeContext
  readonly #visitor: Visitor
  readonly #wake: () => void
  readonly #abort = new AbortController()
  /** The tunnel that the request at the door was admitted to. */
  #admitted: LiveTunnel['tunnel'] | undefined
  #refusal: unknown
  #heldSince: number | undefined

  constructor(context: EdgeContext, visitor: Visitor, wake: () => void) {
    this.#context = context
    this.#visitor = visitor
    this.#wake = wake
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
    this.#refusal = undefined
    this.#heldSince = undefined
  }

  close(): void {
    this.#abort.abort()
  }

  #admits(live: LiveTunnel, head: RequestHead, host: string): boolean {
    const { tunnel } = live
    if (!hasSteps(tunnel) || this.#admitted === tunnel) return true
    const asked = this.#context.admission.admit('http', new RequestFacts(this.#visitor, tunnel, { head, host }))
    if (!asked) return true
    return this.#wait(
      asked.then(() => {
        this.#admitted = tunnel
      }),
    )
  }

  #wait(until: Promise<void>): false {
    until
      .catch((error: unknown) => {
        this.#refusal = error
      })
      .finally(() => {
        if (!this.#abort.signal.aborted) this.#wake()
      })
      .catch(() => {})
    return false
  }
}
