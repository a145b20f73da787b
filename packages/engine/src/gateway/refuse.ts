/** Owns answering with a page of ours: the HTTP/1 edge's own pages, taken apart for any HTTP version. */
import type { EdgeContext } from '../edge/context.ts'
import { routingHost } from '../edge/forwarding.ts'
import { refusal } from '../edge/refusal.ts'
import { requestId as newRequestId } from '../edge/request-ids.ts'
import type { Visitor } from '../edge/visitor.ts'
import type { Answer } from './asked.ts'
import type { Head, HeadField } from './head.ts'

/** What is refused. `head` is absent when it could not be read. */
export interface Refusing {
  readonly head?: Head | undefined
  readonly visitor: Visitor
  readonly answer: Answer
  readonly requestId?: string
}

/** Logs the refusal and answers with its page. */
export const refuse = (context: EdgeContext, error: unknown, refusing: Refusing): void => {
  const { head, visitor, answer, requestId = newRequestId() } = refusing
  const host = head ? routingHost(head.authority) : ''
  const page = refusal(context, error, {
    requestId,
    host,
    visitor,
    projectId: context.deps.router.http(host)?.tunnel.projectId,
    accept: head?.fields.find(([name]) => name === 'accept')?.[1],
    headOnly: head?.method === 'HEAD',
    close: head?.hasBody ?? true,
  })
  const { status, fields, body } = takeApart(Buffer.from(page))
  answer.begin(status, fields, { nothing: body.length === 0, trailers: false })
  if (body.length === 0) return
  answer.body.write(body)
  answer.finish([])
}

/** Our own head, so its form is certain. */
const takeApart = (page: Buffer): { status: number; fields: readonly HeadField[]; body: Buffer } => {
  const end = page.indexOf('\r\n\r\n')
  const [line = '', ...lines] = page.toString('latin1', 0, end).split('\r\n')
  const fields = lines.map((text): HeadField => {
    const colon = text.indexOf(': ')
    return [text.slice(0, colon).toLowerCase(), text.slice(colon + 2)]
  })
  return { status: Number(line.split(' ')[1]), fields, body: page.subarray(end + 4) }
}
