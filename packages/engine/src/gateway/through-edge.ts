/** Owns serving HTTP/2 requests by HTTP/1: each goes through the HTTP/1 edge, which routes, admits and forwards it. */
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { constants } from 'node:http2'
import type { Duplex } from 'node:stream'
import { AppError, type Limits } from '@towline/protocol'
import type { EdgeContext } from '../edge/context.ts'
import type { Edge } from '../edge/edge.ts'
import type { Visitor } from '../edge/visitor.ts'
import type { Answer, Asked } from './asked.ts'
import { type Head, type HeadField, mutable, pairs } from './head.ts'
import { LoopStream } from './loop.ts'
import { refuse } from './refuse.ts'

/** Methods whose missing body is said (RFC 9110 §8.6). */
const BODY_METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/** Loops of one visitor connection, reused from request to request as HTTP/1 connections are. */
export class LoopAgent extends Agent {
  readonly #edge: Pick<Edge, 'accept'>
  readonly #visitor: Visitor

  constructor(edge: Pick<Edge, 'accept'>, visitor: Visitor, limits: Limits) {
    // A loop that rests is given up before the edge gives it up.
    super({ keepAlive: true, maxSockets: limits.h2Streams, timeout: limits.idleMs / 2 })
    this.#edge = edge
    this.#visitor = visitor
  }

  createConnection(): Duplex {
    return new LoopStream(this.#edge, this.#visitor)
  }
}

/** Sends the request through the edge and answers what comes back. */
export const throughEdge = (context: EdgeContext, agent: LoopAgent, asked: Asked): void => {
  const { answer, head, signal, visitor } = asked
  try {
    const request = open(context, agent, head)
    signal.addEventListener('abort', () => request.destroy(), { once: true })
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (answer.begun) return answer.fail(constants.NGHTTP2_INTERNAL_ERROR)
      if (!signal.aborted) refuse(context, lossOf(error), { head, visitor, answer })
    })
    request.on('information', ({ statusCode, rawHeaders }) => answer.interim(statusCode, pairs(rawHeaders)))
    request.on('response', (response) => pass(response, head, answer))
    sendBody(asked, request)
  } catch (error) {
    refuse(context, error, { head, visitor, answer })
  }
}

/** The edge judges the head; what cannot even be written is refused here. */
const open = ({ deps }: EdgeContext, agent: LoopAgent, head: Head): ClientRequest => {
  const fields: readonly HeadField[] = [['host', head.authority], ...head.fields, ...framing(head)]
  try {
    return httpRequest({
      agent,
      method: head.method,
      path: head.path,
      // Only keeps loops of different hosts apart.
      host: head.authority,
      headers: fields.flat(),
      maxHeaderSize: deps.limits.responseHeadBytes,
      setHost: false,
    })
  } catch {
    throw new AppError('HEAD_INVALID', { problem: 'a character that is not allowed' })
  }
}

const framing = ({ fields, hasBody, method }: Head): readonly HeadField[] => {
  if (fields.some(([name]) => name === 'content-length')) return []
  if (hasBody) return [['transfer-encoding', 'chunked']]
  return BODY_METHODS.has(method) ? [['content-length', '0']] : []
}

const sendBody = ({ head, body, trailers }: Asked, request: ClientRequest): void => {
  if (!head.hasBody) return void request.end()
  request.flushHeaders()
  body.pipe(request, { end: false })
  body.on('end', () => {
    const late = trailers()
    const chunked = !head.fields.some(([name]) => name === 'content-length')
    if (chunked && late.length > 0) request.addTrailers(mutable(late))
    request.end()
  })
}

const pass = (response: IncomingMessage, { method }: Head, answer: Answer): void => {
  const { statusCode: status = 502, rawHeaders } = response
  const nothing = method === 'HEAD' || status === 204 || status === 304
  const trailers = response.headers['transfer-encoding'] !== undefined
  answer.begin(status, pairs(rawHeaders), { nothing, trailers })
  response.on('error', () => answer.fail(constants.NGHTTP2_INTERNAL_ERROR))
  if (nothing) return void response.resume()
  response.pipe(answer.body, { end: false })
  response.on('end', () => answer.finish(pairs(response.rawTrailers)))
}

const lossOf = ({ code }: NodeJS.ErrnoException): AppError =>
  code?.startsWith('HPE_') ? new AppError('UPSTREAM_INVALID', { problem: code }) : new AppError('UPSTREAM_RESET')
