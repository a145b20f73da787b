/** Owns the engine API: its routes, who may call each, and how errors come out. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { boundedRequest, type Log } from '@towline/base'
import { AppError, type Authority, type Limits, PERMISSIONS, shown, useCasePermissions } from '@towline/protocol'
import type { MiddlewareHandler } from 'hono'
import type { Registry } from '../registry/registry.ts'
import { type ApiEnv, type AuthDeps, senderOf } from './auth.ts'
import { addCuts } from './cuts.ts'
import { errorResponse, invalid, toAppError } from './errors.ts'
import { addInventories } from './inventories.ts'
import { TAGS } from './operation.ts'
import { addTokens } from './tokens.ts'
import { addWatch } from './watch.ts'
import type { Watchers } from './watchers.ts'

export interface ApiDeps extends AuthDeps {
  readonly registry: Registry
  readonly watchers: Watchers
  readonly authority: Pick<Authority, 'mint' | 'report'>
  readonly log: Log
  readonly limits: Limits
  readonly version: string
}

export type Api = OpenAPIHono<ApiEnv>

/** The hono app of the engine's paths; it knows no host names, those are checked before. */
export const createApi = (deps: ApiDeps): Api => {
  const api: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.error.issues)
    },
  })
  api.use('/api/engine/*', bounded(deps.limits))
  addInventories(api, deps)
  addWatch(api, deps)
  addCuts(api, deps)
  addTokens(api, deps)
  addDocument(api, deps)
  api.notFound((context) => {
    deps.callers.stranger(senderOf(context))
    return errorResponse(context, new AppError('NOT_FOUND', { what: 'path', id: shown(context.req.path) }))
  })
  api.onError((error, context) => errorResponse(context, toAppError(error, deps.log)))
  return api
}

const bounded =
  ({ apiBodyBytes: limit }: Limits): MiddlewareHandler =>
  async ({ req }, next) => {
    const request = await boundedRequest(req.raw, limit)
    if (!request) throw new AppError('PAYLOAD_TOO_LARGE', { limit })
    req.raw = request
    await next()
  }

/** Needs no credential: it says how to get by, not what is there. */
const addDocument = (api: Api, { callers, version }: ApiDeps): void => {
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  api.get('/api/engine/openapi.json', (context) => {
    callers.stranger(senderOf(context))
    return context.json(apiDocument(api, version))
  })
}

const DESCRIPTION = `Tunnels and clients of one project, as they are now and as they change.

Every call carries \`Authorization: Bearer <token>\`; a login that reaches several projects names one in \`Towline-Project\`.
Errors are \`{ "error": { code, message, next, retryable } }\` with a stable code.`

/** The OpenAPI document, as it is served. */
export const apiDocument = (api: Api, version: string): object => ({
  ...api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Towline engine',
      version,
      description: DESCRIPTION,
      // The types are those of 3.0, which had no identifiers.
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as { name: string },
      contact: { name: 'The operator of this server' },
    },
    servers: [{ url: '/', description: 'This server.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  }),
  'x-towline-permissions': PERMISSIONS,
  'x-towline-use-case-permissions': useCasePermissions(),
})
