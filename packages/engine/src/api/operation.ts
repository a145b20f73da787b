/** Owns what every operation of the engine API declares: its permission, and the errors it can answer. */
import { createRoute, type RouteConfig } from '@hono/zod-openapi'
import { type Permission, permissionRow } from '@towline/protocol'
import { type AuthDeps, secured } from './auth.ts'
import { errorSchema } from './schemas.ts'

/** How an operation is guarded. */
export interface Guard {
  readonly auth: AuthDeps
  readonly permission: Permission
  /** The two watch endpoints take a token in the query as well. */
  readonly queryToken?: boolean
  /** Of a route that changes something: its action in the audit trail. */
  readonly action?: string
}

/** A response or body of JSON. */
export const json = <Schema>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

/** What the OpenAPI document tells of a guard. */
export const guardDocument = ({ permission, queryToken = false }: Pick<Guard, 'permission' | 'queryToken'>) => ({
  security: [{ bearer: [] }],
  'x-towline-required-permissions': [permission],
  'x-towline-required-rules': permissionRow(permission).rules,
  'x-towline-query-token': queryToken,
})

/** Which of them an operation can get stands in docs/reference/errors.md. */
export const refusals = {
  '4XX': json(errorSchema, 'Refused; the code says why.'),
  default: json(errorSchema, 'It failed on our side.'),
}

/** What every operation says of itself. */
type Operation = Pick<RouteConfig, 'method' | 'path' | 'request' | 'responses'> & {
  readonly operationId: string
  readonly tags: readonly [Tag]
  readonly summary: string
  readonly description: string
}

/** By what an operation is about. */
export const TAGS = {
  Inventory: 'What is published and who serves it, now and as it changes.',
  Cuts: 'Ending a tunnel or a client.',
  Tokens: 'Handing out narrower credentials.',
} as const

type Tag = keyof typeof TAGS

/** A route whose calls are checked before their input is read. */
export const operation = <const Config extends Operation>({ auth, ...guard }: Guard, config: Config) =>
  createRoute({
    ...config,
    tags: [...config.tags],
    ...guardDocument(guard),
    middleware: secured(auth, guard),
    responses: {
      ...config.responses,
      ...refusals,
    } as Config['responses'],
  })
