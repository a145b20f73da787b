/** Owns what a route is handed: the request, the answer, and the parts of the service. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import type { Journal } from '../root/journal.ts'
import { parsePath } from '../root/path.ts'
import type { Spot } from '../root/spot.ts'
import type { Walk, WalkOptions } from '../root/walk.ts'
import type { Uploads } from '../upload/uploads.ts'
import type { Watches } from '../watch/watches.ts'
import type { Digests } from './digests.ts'
import { demand, type Fields, readJson, readQuery } from './fields.ts'

/** The parts of the service. */
export interface Service {
  readonly walk: Walk
  /** Absent when nothing may be changed. */
  readonly journal: Journal
  readonly uploads: Uploads
  readonly watches: Watches
  readonly digests: Digests
  readonly readOnly: boolean
  readonly limits: Limits
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** One request on its way. */
export interface Call {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly service: Service
  /** What the path of the route left open, such as the id of an upload. */
  readonly id: string
  readonly query: string
  /** Aborted when whoever asked has gone, and when the service closes. */
  readonly signal: AbortSignal
}

/** The fields of the query. */
export const queryOf = <S extends Parameters<typeof readQuery>[0]>(call: Call, spec: S): Fields<S> =>
  readQuery(spec, call.query)

/** The fields of the JSON body. Another type of body is refused, for pages of other sites can send those unasked. */
export const bodyOf = async <S extends Parameters<typeof readJson>[0]>(
  { req, service }: Call,
  spec: S,
): Promise<Fields<S>> => {
  if (!/^application\/json\s*(;|$)/i.test(req.headers['content-type'] ?? '')) {
    throw new AppError('REQUEST_INVALID', { problem: 'the body has to be application/json.' })
  }
  const { apiBodyBytes } = service.limits
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of req as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > apiBodyBytes) throw new AppError('PAYLOAD_TOO_LARGE', { limit: apiBodyBytes })
    parts.push(part)
  }
  return readJson(spec, utf8(Buffer.concat(parts)))
}

const utf8 = (bytes: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new AppError('REQUEST_INVALID', { problem: 'the body is no UTF-8.' })
  }
}

/** Where a path of the request leads. */
export const spotAt = (
  { service }: Call,
  path: string | undefined,
  options: WalkOptions & { name?: string } = {},
): Spot => service.walk(parsePath(demand(path, options.name ?? 'path'), service.limits), options)
