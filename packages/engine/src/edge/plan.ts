/** Owns what changes in a request's head for its tunnel: the Host, and the proof that the upstream must not see. */
import type { Tunnel } from '@towline/protocol'
import { RequestFacts } from './facts.ts'
import type { RequestHead } from './h1/request-head.ts'
import type { RequestPlan } from './h1/write-request.ts'
import { hasOriginRule } from './origins.ts'
import { findProof, type Proof } from './proof.ts'
import type { Sending } from './sending.ts'

/** The plan for an admitted request. Always the same shape, made without spreading: each request makes one. */
export const planOf = (sending: Sending, tunnel: Tunnel): RequestPlan => {
  const proof = tunnel.tokenAuth === true ? proofOf(sending, tunnel) : undefined
  return {
    vouched: sending.forwarding.vouched,
    requestId: sending.requestId,
    hostHeader: tunnel.hostHeader,
    dropAuthorization: proof !== undefined && proof.cut === undefined,
    dropOrigin: hasOriginRule(tunnel),
    dropTarget: proof?.cut && targetPart(sending.head, proof.cut),
  }
}

const proofOf = ({ head, visitor, forwarding }: Sending, tunnel: Tunnel): Proof | undefined =>
  findProof(new RequestFacts(visitor, tunnel, { head, host: forwarding.host }))

/** In positions of the head's bytes; the "?" goes too when nothing is left after it. */
const targetPart = (head: RequestHead, cut: NonNullable<Proof['cut']>): NonNullable<Proof['cut']> => {
  const query = head.pathEnd + 1
  const all = cut.from === 0 && query + cut.to === head.targetEnd
  return { from: all ? head.pathEnd : query + cut.from, to: query + cut.to }
}
