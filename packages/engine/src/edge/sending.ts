/** Owns sending one admitted request: its head as the upstream gets it, and what is remembered until the answer. */
import type { EdgeContext } from './context.ts'
import { Exchange } from './exchange.ts'
import type { Forwarding } from './forwarding.ts'
import { EXPECT, type RequestHead } from './h1/request-head.ts'
import { writeRequest } from './h1/write-request.ts'
import { planOf } from './plan.ts'
import type { Repeatable } from './repeatable.ts'
import type { Upstream } from './upstream.ts'
import type { Visitor } from './visitor.ts'

/** A request at the moment it goes out. */
export interface Sending {
  readonly head: RequestHead
  readonly end: number
  readonly requestId: string
  readonly visitor: Visitor
  readonly forwarding: Forwarding
  readonly repeatable: Repeatable
}

/** Sends the head. False asks to stop until the stream is writable. */
export const sendRequest = (context: EdgeContext, upstream: Upstream, sending: Sending): boolean => {
  const { tunnel, meter } = upstream.live
  writeRequest(sending.head, planOf(sending, tunnel), context.lent)
  const told = context.reports.takes(tunnel.projectId)
  const exchange = exchangeOf(context, sending, { told, crowded: upstream.pending.length > 0 })
  meter.began()
  return upstream.send(exchange, context.lent.lend())
}

interface Circumstances {
  readonly told: boolean
  /** Others of the same stream wait for their answers. */
  readonly crowded: boolean
}

const exchangeOf = ({ deps }: EdgeContext, sending: Sending, { told, crowded }: Circumstances): Exchange => {
  const { head, end, repeatable } = sending
  const { method, minor } = head
  return new Exchange({
    requestId: sending.requestId,
    host: sending.forwarding.host,
    startedAt: deps.clock(),
    headOnly: method === 'HEAD',
    upgrade: head.upgrade,
    old: minor === 0,
    close: head.close,
    expects: head.expect === EXPECT.continue,
    accept: head.accept,
    told,
    line: told || deps.log.isLevelEnabled('debug') ? `${method} ${head.path}` : undefined,
    repeat: repeatable.remember(head, end, crowded),
    repeated: repeatable.isSecond(),
    bodyDone: !head.hasBody,
  })
}
