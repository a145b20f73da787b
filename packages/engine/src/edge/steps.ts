/** Owns what the edge checks before a tunnel sees a visit, in order, by kind of tunnel. */
import { AppError, type Kind, KINDS, NATIVE_SURFACES, type Principal, type Tunnel } from '@towline/protocol'
import { refused } from '../access/judge.ts'
import type { Facts } from './facts.ts'
import { hasOriginRule, isAllowedOrigin } from './origins.ts'
import { findProof } from './proof.ts'
import { TokenGate, type TokenGateDeps } from './token-gate.ts'
import { isTrustedVisitor } from './trusted-ips.ts'
import { Visits } from './visits.ts'

/** One check. Throws (or rejects with) the AppError to refuse with; undefined means passed without a wait. */
type Step = (facts: Facts, gate: TokenGate) => Promise<void> | undefined

/** Decides over visits; shared by everything that lets visitors in. */
export interface Admission {
  /** Throws or rejects with an AppError to refuse; undefined means admitted without a wait. */
  admit(kind: Kind, facts: Facts): Promise<void> | undefined
  /**
   * Calls `cut` once the credential of an admitted guest is revoked, until what it answers is called. Throws UNAUTHENTICATED
   * when it was revoked since the guest was admitted.
   */
  follow(guest: Principal, cut: () => void): () => void
  /** How many are followed. */
  readonly visits: number
  close(): void
}

/** Refuses addresses outside `trustedIps`; the address is the socket's, never a field's (edge.ip). */
const checkAddress: Step = ({ visitor, tunnel }) => {
  if (!isTrustedVisitor(visitor, tunnel.trustedIps)) throw new AppError('IP_REFUSED')
  return undefined
}

/** Refuses pages of browsers where the tunnel has a rule for them, unless it names their origin (app.origin). */
const checkOrigin: Step = (facts) => {
  if (!hasOriginRule(facts.tunnel)) return undefined
  if (!isAllowedOrigin(facts.header?.('origin'), facts.tunnel)) throw new AppError('ORIGIN_NOT_ALLOWED')
  return undefined
}

/** Asks for a credential of the tunnel's project (edge.token). */
const checkToken: Step = (facts, gate) => {
  if (facts.tunnel.tokenAuth !== true) return undefined
  const proof = findProof(facts)
  if (!proof) throw new AppError('UNAUTHENTICATED')
  if (proof.cut && NATIVE_SURFACES.has(facts.tunnel.surface)) throw new AppError('TOKEN_IN_QUERY')
  const { tunnel } = facts
  const principal = gate.known(proof.token, tunnel.projectId)
  // Facts answer only before the first await; a path costs a string, which only a boundary needs.
  if (principal) return letIn(facts, principal, principal.resources && facts.path)
  const { path } = facts
  return gate.verify(proof.token, tunnel.projectId).then((verified) => letIn(facts, verified, path), asStranger)
}

/** A login that cannot see the tunnel's project is as good as none here. */
const asStranger = (error: unknown): never => {
  if (error instanceof AppError && error.code === 'NOT_FOUND') throw new AppError('UNAUTHENTICATED')
  throw error
}

/** A column is a kind of tunnel. Private tunnels are dialed, not visited: their checks are the dialer's. */
const STEPS: readonly (readonly [Step, ...Kind[]])[] = [
  // biome-ignore format: aligned columns
  [checkAddress, 'http', 'tls', 'tcp'],
  [checkOrigin, 'http'],
  [checkToken, 'http'],
]

const BY_KIND = new Map<Kind, readonly Step[]>(
  KINDS.map((kind) => [kind, STEPS.filter(([, ...kinds]) => kinds.includes(kind)).map(([step]) => step)]),
)

/** Opens the admission of an engine; close it to stop listening for revocations. */
export const createAdmission = (deps: TokenGateDeps): Admission => {
  const gate = new TokenGate(deps)
  const visits = new Visits(deps.authority)
  return {
    admit: (kind, facts) => run(BY_KIND.get(kind) ?? [], facts, gate),
    follow: (guest, cut) => {
      if (gate.isOver(guest)) throw new AppError('UNAUTHENTICATED')
      return visits.add(guest, cut)
    },
    get visits() {
      return visits.size
    },
    close: () => {
      visits.close()
      gate.close()
    },
  }
}

/** Whether any step looks at visits of this tunnel; without one the fast path skips gathering facts. */
export const hasSteps = (tunnel: Tunnel): boolean =>
  tunnel.tokenAuth === true ||
  hasOriginRule(tunnel) ||
  (tunnel.trustedIps !== undefined && tunnel.trustedIps.length > 0)

const run = (steps: readonly Step[], facts: Facts, gate: TokenGate): Promise<void> | undefined => {
  for (const [index, step] of steps.entries()) {
    const waiting = step(facts, gate)
    if (waiting) return waiting.then(() => run(steps.slice(index + 1), facts, gate))
  }
  return undefined
}

/** Another project's credential is as good as none, and is told no more than that. */
const letIn = (facts: Facts, guest: Principal, path: string | undefined): undefined => {
  const refusal = refused(guest, 'connectTunnel', { tunnel: facts.tunnel, path })
  if (refusal) throw refusal
  facts.guest = guest
  return undefined
}
