/** Owns the head an upstream gets: the visitor's, byte for byte, without what is hop-by-hop or ours, plus what we vouch for. */
import { ascii } from './bytes.ts'
import { FIELD, folded } from './fields.ts'
import type { HeadWriter } from './head-writer.ts'
import type { RequestHead } from './request-head.ts'

const END = ascii('\r\n\r\n')
const END_UPGRADE = ascii('\r\nConnection: upgrade\r\n\r\n')
const END_TRAILERS = ascii('\r\nConnection: TE\r\n\r\n')
const END_BOTH = ascii('\r\nConnection: upgrade, TE\r\n\r\n')
/** Room for the longest end and request id. */
const SPARE_BYTES = 96

/** What changes in a head. */
export interface RequestPlan {
  /** Our fields, ending in `X-Request-Id: `. */
  readonly vouched: Uint8Array
  readonly requestId: string
  /** Host to send instead of the visitor's. */
  readonly hostHeader?: string | undefined
  /** Drop Authorization: it was the proof. */
  readonly dropAuthorization?: boolean
  /** Drop Origin: the edge has judged it. */
  readonly dropOrigin?: boolean
  /** Drop this part of the target, in positions of the head's bytes: it was the proof. */
  readonly dropTarget?: { readonly from: number; readonly to: number } | undefined
}

/** Writes the head into `out`, which is begun here. */
export const writeRequest = (head: RequestHead, plan: RequestPlan, out: HeadWriter): void => {
  const { bytes, fields } = head
  const { at, count } = fields
  const end = at[4 * count] as number
  out.begin(end - head.start + plan.vouched.length + (plan.hostHeader?.length ?? 0) + SPARE_BYTES)
  let from = head.start
  if (plan.dropTarget) {
    out.copy(bytes, from, plan.dropTarget.from)
    from = plan.dropTarget.to
  }
  const picky = head.connection.nominated.length > 0
  for (let index = 0; index < count; index++) {
    const kind = fields.kinds[index] as number
    if (kind === FIELD.other && !picky) continue
    if (kind === FIELD.host && plan.hostHeader !== undefined) {
      out.copy(bytes, from, at[4 * index + 2] as number)
      out.text(plan.hostHeader)
      from = at[4 * index + 3] as number
    } else if (drops(head, index, plan)) {
      out.copy(bytes, from, at[4 * index] as number)
      from = at[4 * index + 4] as number
    }
  }
  out.copy(bytes, from, end)
  out.put(plan.vouched)
  out.text(plan.requestId)
  out.put(endOf(head))
}

const drops = (head: RequestHead, index: number, plan: RequestPlan): boolean => {
  switch (head.fields.kinds[index]) {
    case FIELD.connection:
    case FIELD.hop:
    case FIELD.ours:
      return true
    case FIELD.upgrade:
      return !head.upgrade
    case FIELD.te:
      return !head.trailers
    case FIELD.authorization:
      return plan.dropAuthorization === true || isNominated(head, index)
    case FIELD.origin:
      return plan.dropOrigin === true || isNominated(head, index)
    default:
      return isNominated(head, index)
  }
}

const isNominated = (head: RequestHead, index: number): boolean => {
  const { nominated } = head.connection
  return nominated.length > 0 && nominated.includes(folded(head.fields.name(head.bytes, index)))
}

const endOf = (head: RequestHead): Uint8Array => {
  if (head.upgrade) return head.trailers ? END_BOTH : END_UPGRADE
  return head.trailers ? END_TRAILERS : END
}
