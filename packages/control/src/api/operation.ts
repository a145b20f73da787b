/**
 * Owns what an operation of the control API is: declared once, it drives the routes, the OpenAPI document, the checks, the
 * audit trail and the tools of the hosted MCP endpoint. `run` knows nothing of HTTP.
 */
import { z } from '@hono/zod-openapi'
import type { Limits, Rule } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { ApiServices } from './api-deps.ts'
import type { Caller } from './caller.ts'
import type { At, Place } from './places.ts'

/** What may go wrong when an agent does it unasked; all but `read` and `write` want a person's word first. */
export type Risk = 'read' | 'write' | 'paid' | 'public' | 'destructive' | 'credential' | 'policy'

/** Hints of MCP tools. */
export interface Annotations {
  readonly title: string
  readonly readOnlyHint: boolean
  readonly destructiveHint: boolean
  readonly idempotentHint: boolean
  readonly openWorldHint: boolean
}

/** Headings of documents. */
export type Tag =
  | 'Identity'
  | 'Workspaces'
  | 'Projects'
  | 'Checkouts'
  | 'Settings'
  | 'Observe'
  | 'Tokens'
  | 'Domains'
  | 'TURN'
  | 'Agents'

/** What `run` may use. A change runs in a transaction: `db` is that transaction, and nothing else may touch the store. */
export interface RunContext<Where extends At = At> {
  readonly caller: Caller
  /** `req_…` */
  readonly requestId: string
  /** What the call is about, found and allowed. */
  readonly place: Place[Where]
  readonly db: Kysely<Tables>
  /** Integer seconds. */
  readonly now: number
  /** Milliseconds since the epoch: the place of records in the audit trail. */
  readonly ms: number
  readonly limits: Limits
  readonly services: ApiServices
  /** Runs once the change is in the store. */
  readonly after: (work: () => void) => void
  /** Names what was changed, for the audit trail; the place when absent. */
  readonly target: (id: string) => void
}

/** An object without fields. */
const NOTHING = z.strictObject({})
type Nothing = typeof NOTHING

interface Spec<
  Where extends At,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodObject,
  Output extends z.ZodType,
> {
  /** `area.verb`, unique; the action of its audit records. */
  readonly id: string
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** Below `/api`, with `{name}` for parameters. */
  readonly path: string
  /** Its heading in documents. */
  readonly tag: Tag
  /** A few words. */
  readonly summary: string
  /** What it does, what it needs and what it refuses. */
  readonly description: string
  /** All of them must be covered; at least one. */
  readonly rules: readonly [Rule, ...Rule[]]
  readonly at: Where
  /** Strict objects whose fields differ in name: together they are the one input. */
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly output: Output
  /** Of a success; 200 when absent. */
  readonly status?: 200 | 201
  readonly risk: Risk
  /** Whether a call may carry an idempotency key, or has to. */
  readonly idempotency?: 'optional' | 'required'
  /** Fields of the output that are shown once: a repeated call with the same key answers without them. */
  readonly secrets?: readonly string[]
  /** A change that writes the records of what it does itself, or leaves that to what follows; refusals are kept all the same. */
  readonly ownRecords?: true
  /** Inputs that stay out of the audit trail. */
  readonly unaudited?: readonly string[]
  /** The name of its MCP tool; absent keeps it from the hosted endpoint. */
  readonly mcp?: { readonly name: string; readonly annotations?: Partial<Annotations> }
  readonly run: (
    context: RunContext<Where>,
    input: z.output<Params> & z.output<Query> & z.output<Body>,
  ) => Promise<z.input<Output>> | z.input<Output>
  /** Adds to the output once the change is in the store, outside of its transaction. */
  readonly finish?: (services: ApiServices, output: z.output<Output>) => Promise<z.output<Output>>
}

/** An operation as the parts that drive it see it. */
export interface Operation
  extends Omit<
    Spec<At, z.ZodObject, z.ZodObject, z.ZodObject, z.ZodType>,
    'params' | 'query' | 'body' | 'mcp' | 'run' | 'finish' | 'status'
  > {
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  readonly body: z.ZodObject | undefined
  readonly status: 200 | 201
  /** Params, query and body as one strict object; an MCP tool takes it with `idempotencyKey` added. */
  readonly input: z.ZodObject
  readonly mcp: { readonly name: string; readonly annotations: Annotations } | undefined
  readonly run: (context: RunContext, input: Fields) => unknown
  readonly finish: ((services: ApiServices, output: Fields) => Promise<Fields>) | undefined
}

type Fields = Readonly<Record<string, unknown>>

/** The one way to make an operation. */
export const defineOperation = <
  Where extends At,
  Output extends z.ZodType,
  Params extends z.ZodObject = Nothing,
  Query extends z.ZodObject = Nothing,
  Body extends z.ZodObject = Nothing,
>(
  spec: Spec<Where, Params, Query, Body, Output>,
): Operation => {
  const { params = NOTHING, query = NOTHING, body, mcp, status = 200 } = spec
  const shape = { ...params.shape, ...query.shape, ...body?.shape }
  return {
    ...spec,
    params,
    query,
    body,
    status,
    input: z.strictObject(shape),
    mcp: mcp && { name: mcp.name, annotations: { ...hintsOf(spec), ...mcp.annotations } },
    run: spec.run as unknown as Operation['run'],
    finish: spec.finish as unknown as Operation['finish'],
  }
}

const hintsOf = ({ risk, summary, method }: Pick<Operation, 'risk' | 'summary' | 'method'>): Annotations => ({
  title: summary,
  readOnlyHint: risk === 'read',
  destructiveHint: risk === 'destructive' || risk === 'policy',
  idempotentHint: risk === 'read' || method === 'delete' || method === 'patch',
  openWorldHint: false,
})
