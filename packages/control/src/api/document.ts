/** Owns the OpenAPI 3.1 document of the control API: made from the operations, and never written by hand. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import {
  ALL_PERMISSIONS,
  PERMISSIONS,
  type Permission,
  permissionRow,
  permissionsCovering,
  USE_CASES,
  useCasePermissions,
} from '@towline/protocol'
import type { ApiDeps } from './api-deps.ts'
import type { Operation } from './operation.ts'
import { OPERATIONS, TAGS } from './registry.ts'
import { problemSchema } from './schemas/problem.ts'

/** A JSON object that says what the API is. */
export type OpenApiDocument = Readonly<Record<string, unknown>>

const DESCRIPTION = `People, workspaces, projects and their credentials, settings, logs and usage.

Every call carries \`Authorization: Bearer <token>\`: the access token of a login, or the token of a project. Cookies never
count. Each operation tells the rules it requires in \`x-towline-required-rules\`; \`x-towline-permissions\` tells which
permission (an OAuth scope of the same name) gives which rules. Any permission lets its holder see who it is.

Errors are problem details (RFC 9457) with a stable \`code\` and the \`next\` step. Lists come in pages: hand \`next\` of an
answer back as \`cursor\`.`

/** The document of a server at its public URL. */
export const documentOf = ({
  publicUrl,
  version,
  limits,
}: Pick<ApiDeps, 'publicUrl' | 'version' | 'limits'>): OpenApiDocument => {
  const made = new OpenAPIHono()
  const { openAPIRegistry: registry } = made
  const scopes = Object.fromEntries(ALL_PERMISSIONS.map((name) => [name, permissionRow(name).words]))
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of a project: "towline token create".',
  })
  registry.registerComponent('securitySchemes', 'oauth', {
    type: 'oauth2',
    description: 'The login of a person; the device grant (RFC 8628) is described by x-towline-agent-authentication.',
    flows: {
      authorizationCode: {
        authorizationUrl: `${publicUrl}/oauth/authorize`,
        tokenUrl: `${publicUrl}/oauth/token`,
        refreshUrl: `${publicUrl}/oauth/token`,
        scopes,
      },
    },
  })
  for (const op of OPERATIONS) registry.registerPath(pathOf(op, limits.idempotencyKeyChars))
  const document = made.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Towline control API',
      version,
      description: DESCRIPTION,
      // The types are those of 3.0, which had no identifiers.
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as { name: string },
      contact: { name: 'The operator of this server', url: publicUrl },
    },
    servers: [{ url: publicUrl, description: 'This server.' }],
    tags: TAGS.map(([name, description]) => ({ name, description })),
  })
  return {
    ...document,
    'x-towline-permissions': PERMISSIONS,
    'x-towline-use-case-permissions': Object.fromEntries(
      Object.entries(useCasePermissions()).map(([name, permissions]) => [
        name,
        { description: USE_CASES[name as keyof typeof USE_CASES], permissions },
      ]),
    ),
    'x-towline-agent-authentication': {
      oauth_authorization_server_metadata: `${publicUrl}/.well-known/oauth-authorization-server`,
      oauth_protected_resource_metadata: `${publicUrl}/.well-known/oauth-protected-resource/api`,
      scope_selection:
        'Ask for the least: the union of the first permission of each rule that the operations you call require. Ask for ' +
        'more only when a 403 names it in its scope.',
    },
  }
}

/** What is asked for to call an operation: of each rule, the least that gives it. */
export const scopesOf = ({ rules }: Pick<Operation, 'rules'>): readonly Permission[] => [
  ...new Set(rules.flatMap((rule) => permissionsCovering(rule).slice(0, 1))),
]

const ERRORS = {
  400: 'The request is not valid.',
  401: 'The token is missing, unknown, expired, revoked or meant for another API; WWW-Authenticate says where to get one.',
  403: 'The token lacks a permission, the boundary leaves this out, or the role does not allow it.',
  404: 'There is no such thing, or it is not for this caller to see.',
  409: 'It does not fit what is there.',
  429: 'Too much, or too often for this credential or address; Retry-After says when to try again.',
} as const

const pathOf = (op: Operation, keyChars: number) => ({
  method: op.method,
  path: `/api${op.path}`,
  operationId: op.id.replaceAll(/[.-](\w)/g, (_, letter: string) => letter.toUpperCase()),
  tags: [op.tag],
  summary: op.summary,
  description: op.description,
  security: [{ oauth: [...scopesOf(op)] }, { bearer: [] }],
  'x-towline-required-rules': op.rules,
  'x-towline-risk': op.risk,
  ...(op.mcp && { 'x-towline-mcp-tool': op.mcp.name }),
  request: {
    ...(fieldsOf(op.params) && { params: op.params }),
    ...(fieldsOf(op.query) && { query: op.query }),
    ...(op.idempotency && { headers: idempotencyHeader(op.idempotency, keyChars) }),
    ...(op.body && { body: { required: true, content: { 'application/json': { schema: op.body } } } }),
  },
  responses: {
    [op.status]: {
      description: op.status === 201 ? 'Made.' : 'Done.',
      headers: z.object({
        'Towline-Request-Id': z
          .string()
          .openapi({ description: 'Names the call in logs.', example: 'req_4bqf1yax3d60wnkz' }),
      }),
      content: { 'application/json': { schema: op.output } },
    },
    ...Object.fromEntries(
      Object.entries(ERRORS)
        .filter(([status]) => status !== '409' || op.risk !== 'read')
        .map(([status, description]) => [status, problemResponse(description)]),
    ),
    default: problemResponse('It was refused or failed; the code says why.'),
  },
})

const fieldsOf = (schema: z.ZodObject): boolean => Object.keys(schema.shape).length > 0

const problemResponse = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
})

const idempotencyHeader = (how: 'optional' | 'required', chars: number) => {
  const key = z.string().min(1).max(chars).openapi({
    description: 'Makes repeated calls do the work once: a call with a key that was used gets the answer of then.',
    example: '7c4a1f2e-create-demo',
  })
  return z.object({ 'Idempotency-Key': how === 'required' ? key : key.optional() })
}
