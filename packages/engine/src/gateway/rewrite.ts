/** Owns admitting and rewriting a request for an HTTP/2 service, by the HTTP/1 edge's own parser, steps and plan. */
import { AppError, type Tunnel } from '@towline/protocol'
import type { EdgeContext } from '../edge/context.ts'
import { type Facts, RequestFacts } from '../edge/facts.ts'
import { Forwarding } from '../edge/forwarding.ts'
import { INCOMPLETE } from '../edge/h1/fields.ts'
import { EXPECT, type RequestHead } from '../edge/h1/request-head.ts'
import { writeRequest } from '../edge/h1/write-request.ts'
import { planOf } from '../edge/plan.ts'
import { Repeatable } from '../edge/repeatable.ts'
import type { Visitor } from '../edge/visitor.ts'
import { CONNECTION_FIELDS, type Head, type HeadField } from './head.ts'

/** A head as the service gets it, once `admitted` has settled. */
export interface Rewritten {
  readonly path: string
  readonly authority: string
  readonly fields: readonly HeadField[]
  /** Rejects with the refusal; undefined means admitted without a wait. */
  readonly admitted: Promise<void> | undefined
  /** What the steps knew, and know once `admitted` has settled. */
  readonly facts: Facts
}

export interface Rewriting {
  readonly head: Head
  readonly tunnel: Tunnel
  readonly visitor: Visitor
  readonly requestId: string
}

const NEVER_REPEATED = new Repeatable()

/** Throws what the edge would answer: HEAD_INVALID, HEAD_TOO_LARGE, METHOD_UNSUPPORTED, EXPECTATION_FAILED, or a step's refusal. */
export const rewrite = (context: EdgeContext, { head, tunnel, visitor, requestId }: Rewriting): Rewritten => {
  const parsed = parse(context, head)
  const forwarding = new Forwarding(visitor)
  forwarding.read(parsed)
  const facts = new RequestFacts(visitor, tunnel, { head: parsed, host: forwarding.host })
  const admitted = context.admission.admit('http', facts)
  // Whoever awaits hears it; this only keeps an early rejection from counting as unheard.
  admitted?.catch(() => {})
  const sending = { head: parsed, end: 0, requestId, visitor, forwarding, repeatable: NEVER_REPEATED }
  writeRequest(parsed, planOf(sending, tunnel), context.lent)
  const written = Buffer.from(context.lent.lend()).toString('latin1')
  return { ...readBack(written), admitted, facts }
}

/** The one parser of the edge says what is a head; a field of HTTP/2 is a line to it. */
const parse = ({ request }: EdgeContext, head: Head): RequestHead => {
  const lines = head.fields.map(([name, value]) => `${name}: ${value}\r\n`)
  const text = `${head.method} ${head.path} HTTP/1.1\r\nhost: ${head.authority}\r\n${lines.join('')}\r\n`
  const bytes = Buffer.from(text, 'latin1')
  const end = request.parse(bytes, 0, bytes.length)
  if (end === INCOMPLETE || end !== bytes.length) throw new AppError('HEAD_INVALID', { problem: 'it does not end' })
  if (request.expect === EXPECT.unknown) throw new AppError('EXPECTATION_FAILED')
  return request
}

const readBack = (written: string): Pick<Rewritten, 'path' | 'authority' | 'fields'> => {
  const [line = '', ...lines] = written.split('\r\n')
  const fields = lines
    .filter((text) => text !== '')
    .map((text): HeadField => {
      const colon = text.indexOf(':')
      return [text.slice(0, colon).toLowerCase(), text.slice(colon + 1).trim()]
    })
  return {
    path: line.split(' ')[1] as string,
    authority: fields.find(([name]) => name === 'host')?.[1] ?? '',
    fields: fields.filter(([name]) => name !== 'host' && !CONNECTION_FIELDS.has(name)),
  }
}
