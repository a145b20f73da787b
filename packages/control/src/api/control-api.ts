/** Owns the control API as a hono app: one route for each operation of the registry, and the document that tells them. */
import { newId } from '@towline/base'
import { AGENT_FIELD, AppError, type Limits, readAgentField, shown as shorten } from '@towline/protocol'
import { type Context, Hono } from 'hono'
import { cors } from 'hono/cors'
import { senderOf } from '../accounts/address-field.ts'
import { createCheckoutPages, type SignedIn } from '../payment/checkout-pages.ts'
import type { ApiDeps } from './api-deps.ts'
import type { Caller } from './caller.ts'
import { bearerOf } from './bearer.ts'
import { documentOf, type OpenApiDocument } from './document.ts'
import type { Operation } from './operation.ts'
import { missingPermission, perform } from './perform.ts'
import { invalid, problemResponse, toAppError } from './problem.ts'
import { readBody, readFields } from './read-input.ts'
import { OPERATIONS } from './registry.ts'

interface ApiEnv {
  // biome-ignore lint/style/useNamingConvention: hono's names
  readonly Variables: { requestId: string }
}

export interface ControlApi {
  readonly app: Hono<ApiEnv>
  /** Made when it is first asked for: it takes longer than all the rest of the API. */
  document(): OpenApiDocument
  /** The page of checkouts, `/checkout/…`, for the site that knows who is signed in. */
  checkoutPages(signedIn: SignedIn): Hono
}

/**
 * The app of the paths `/api/…` that are of this API, for what no one else there answers: `(context) =>
 * app.fetch(context.req.raw)`. Not by `route`, or its headers would go to the others as well. It throws nothing, and reads
 * no cookie.
 */
export const createControlApi = (deps: ApiDeps): ControlApi => {
  const api = new Hono<ApiEnv>().basePath('/api')
  let made: OpenApiDocument | undefined
  const document = (): OpenApiDocument => (made ??= documentOf(deps))
  api.use(async (context, next) => {
    context.set('requestId', newId('req'))
    await next()
    context.header('towline-request-id', context.var.requestId)
  })
  // Only a token counts here, and no page has one unless it was given one: any origin may call.
  api.use(cors({ origin: '*', exposeHeaders: ['WWW-Authenticate', 'Towline-Request-Id', 'Retry-After'] }))
  api.get('/openapi.json', (context) => {
    deps.callers.stranger(senderOf(context.req.raw))
    return context.json(document())
  })
  for (const op of OPERATIONS) {
    const path = op.path.replaceAll(/\{(\w+)\}/g, ':$1')
    api.on(op.method.toUpperCase(), path, (context) => answer(op, context, deps))
  }
  api.notFound((context) => {
    deps.callers.stranger(senderOf(context.req.raw))
    return refuse(context, new AppError('PAGE_UNKNOWN', { path: shorten(context.req.path) }), deps)
  })
  api.onError((error, context) => refuse(context, toAppError(error, deps.log), deps))
  return { app: api, document, checkoutPages: (signedIn) => createCheckoutPages(deps, signedIn) }
}

/** Who calls comes first, then what it may do, then what it asks. */
const answer = async (op: Operation, context: Context<ApiEnv>, deps: ApiDeps): Promise<Response> => {
  const caller = await callerOf(context.req.raw, deps)
  // Who lacks the permission is refused without a look at the input, and a change with a record in the audit trail.
  const input = missingPermission(op, caller) === undefined ? await readInput(op, context, deps.limits) : {}
  const { requestId } = context.var
  const idempotencyKey = context.req.header('idempotency-key')
  const { output, replayed } = await perform(op, { caller, requestId, idempotencyKey, input }, deps)
  context.header('cache-control', 'no-store')
  if (replayed) context.header('idempotency-replayed', 'true')
  return context.json(output as object, op.status)
}

/** Throws UNAUTHENTICATED, PROOF_DUPLICATE, QUERY_TOKEN_REFUSED or RATE_LIMITED. */
const callerOf = async (request: Request, { callers, identify }: ApiDeps): Promise<Caller> => {
  const caller = await callers.identified(senderOf(request), async () => identify(bearerOf(request)))
  return { ...caller, claim: readAgentField(request.headers.get(AGENT_FIELD) ?? undefined) }
}

/** Each part by its own schema, so that none can stand in for another. Throws REQUEST_INVALID. */
const readInput = async (
  op: Operation,
  { req }: Context<ApiEnv>,
  limits: Limits,
): Promise<Readonly<Record<string, unknown>>> => ({
  ...checked(op.params, readFields(req.param())),
  ...checked(op.query, readFields(req.queries())),
  ...(op.body && checked(op.body, await readBody(req.raw, limits))),
})

const checked = (schema: Operation['params'], value: unknown): Readonly<Record<string, unknown>> => {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  throw invalid(read.error.issues)
}

const refuse = (context: Context<ApiEnv>, error: AppError, { publicUrl }: ApiDeps): Response => {
  const { requestId } = context.var
  const shown = context.req.header('authorization') !== undefined
  return problemResponse(error, { requestId, path: new URL(context.req.url).pathname, publicUrl, shown })
}
