/** Owns what changes in a request's head for its tunnel: the Host, and the proof that the upstream must not see. */
import type { Tunnel } from '@towline/protocol'
import { RequestFacts } from './facts.ts'
import type { Forwarding } from './forwarding.ts'
import type { RequestHead } from './h1/request-head.ts'
import type { RequestPlan } from './h1/write-request.ts'
import { findProof, type Proof } from './proof.ts'
import type { Visitor } from './visitor.ts'

/** Where a request goes. */
export interface Way {
  readonly tunnel: Tunnel
  readonly visitor: Visitor
  readonly forwarding: Forwarding
  readonly requestId: string
}

/** The plan for an admitted request. */
export const planOf = (head: RequestHead, { tunnel, visitor, forwarding, requestId }: Way): RequestPlan => {
  const plan = {
    vouched: forwarding.vouched,
    requestId,
    hostHeader: tunnel.hostHeader,
  }
  if (tunnel.tokenAuth !== true) return plan
  const proof = findProof(new RequestFacts(visitor, tunnel, { head, host: forwarding.host }))
  if (!proof) return plan
  return proof.cut ? { ...plan, dropTarget: targetPart(head, proof.cut) } : { ...plan, dropAuthorization: true }
}

/** In positions of the head's bytes; the "?" goes too when nothing is left after it. */
const targetPart = (head: RequestHead, cut: NonNullable<Proof['cut']>): NonNullable<Proof['cut']> => {
  const query = head.pathEnd + 1
  const all = cut.from === 0 && query + cut.to === head.targetEnd
  return { from: all ? head.pathEnd : query + cut.from, to: query + cut.to }
}
