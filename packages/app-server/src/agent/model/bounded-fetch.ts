/** Owns asking an endpoint that may answer anything: no redirects are followed, and no more is kept of an answer than its bounds. */
import { TransformStream } from 'node:stream/web'
import { LIMITS } from '@towline/protocol'
import { nonsense } from './model-failure.ts'

export interface Bounds {
  readonly eventBytes: number
  readonly answerBytes: number
  readonly errorBytes: number
}

const BOUNDS: Bounds = {
  eventBytes: LIMITS.agentEventBytes,
  answerBytes: LIMITS.agentAnswerBytes,
  errorBytes: LIMITS.agentErrorBytes,
}

/** As `fetch`; the body of an answer fails with a ModelFailure beyond its bounds, and the answer itself when it is no stream. */
export const boundedFetch =
  (ask: typeof fetch, bounds: Bounds = BOUNDS): typeof fetch =>
  async (url, init) => {
    const response = await ask(url, { ...init, redirect: 'manual' })
    if (!response.ok) return cut(response, bounds.errorBytes)
    const type = response.headers.get('content-type')
    if (type !== null && !/^text\/event-stream\b/i.test(type)) {
      await response.body?.cancel().catch(() => undefined)
      throw nonsense(`it answered "${type.slice(0, 100)}" where a stream of events was asked for.`)
    }
    return withBody(response, watch(bounds))
  }

const withBody = (response: Response, through: TransformStream<Uint8Array, Uint8Array>): Response => {
  const { status, statusText, headers, body } = response
  const bounded = body === null ? null : body.pipeThrough(through as never)
  return new Response(bounded as typeof body, { status, statusText, headers })
}

/** Its first bytes; the rest is not read. */
const cut = async (response: Response, most: number): Promise<Response> => {
  const { status, statusText, headers } = response
  const kept: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    kept.push(part as Uint8Array)
    length += (part as Uint8Array).length
    if (length >= most) break
  }
  const text = Buffer.concat(kept).subarray(0, most)
  // A body is not allowed with these, and redirects are told by their number.
  return status === 204 || status === 304 || status < 200
    ? new Response(null, { status, statusText, headers })
    : new Response(text, { status, statusText, headers })
}

const BREAKS = ['\n\n', '\r\n\r\n', '\r\r']
/** A break may lie in two parts. */
const TAIL = 3

const watch = ({ eventBytes, answerBytes }: Bounds): TransformStream<Uint8Array, Uint8Array> => {
  let all = 0
  let event = 0
  let tail: Uint8Array = new Uint8Array()
  return new TransformStream<Uint8Array, Uint8Array>({
    transform: (part, controller) => {
      all += part.length
      const seen = Buffer.concat([tail, part])
      const end = Math.max(...BREAKS.map((one) => lastEnd(seen, one)))
      event = end < 0 ? event + part.length : seen.length - end
      tail = seen.subarray(-TAIL)
      if (event > eventBytes) throw nonsense(`it sent an event of more than ${eventBytes} bytes.`)
      if (all > answerBytes) throw nonsense(`its answer has more than ${answerBytes} bytes.`)
      controller.enqueue(part)
    },
  })
}

const lastEnd = (bytes: Buffer, text: string): number => {
  const at = bytes.lastIndexOf(text)
  return at < 0 ? -1 : at + text.length
}
