/** Owns the shapes of the engine API as schemas: inputs are checked by them, the OpenAPI document is made of them. */
import type { z as zod } from '@hono/zod-openapi'
import { z } from './zod.ts'
import { ALL_PERMISSIONS, KINDS, LIMITS, SURFACES } from '@towline/protocol'

const labels = z.record(z.string(), z.string()).readonly()
const seconds = z.int().describe('Seconds since the epoch.')

const tunnelSchema = z
  .object({
    id: z.string().describe('New for each open.'),
    name: z.string(),
    kind: z.enum(KINDS),
    url: z.string(),
    labels,
    status: z.enum(['online', 'offline']).describe('offline: held for its host to come back.'),
    owner: z.string().describe('The credential that owns the name.'),
    clientId: z.string(),
    projectId: z.string(),
    createdAt: seconds,
    epoch: z.int().describe('Grows with each takeover of the name.'),
    surface: z.enum(SURFACES).optional(),
    hostHeader: z.string().optional(),
    httpVersion: z.enum(['http/1.1', 'h2c']).optional(),
    tokenAuth: z.boolean().optional(),
    trustedIps: z.array(z.string()).readonly().optional(),
    allowOrigins: z.array(z.string()).readonly().optional(),
    port: z.int().optional(),
    tlsMode: z.enum(['terminated', 'passthrough']).optional(),
  })
  .openapi('Tunnel')

/** Fields that the caller's boundary does not select are left away. */
export const tunnelView = z.union([tunnelSchema, tunnelSchema.partial().openapi('SelectedTunnel')])

export const clientSchema = z
  .object({
    id: z.string(),
    agent: z.string(),
    os: z.string(),
    arch: z.string(),
    labels,
    address: z.string().describe('Remote address without port.'),
    transport: z.enum(['tls', 'plain', 'websocket']),
    owner: z.string().describe('The credential it linked with.'),
    projectId: z.string(),
    tunnels: z.array(z.string()).readonly().describe('Ids of the tunnels it hosts.'),
    status: z.literal('online'),
    createdAt: seconds,
  })
  .openapi('Client')

export const errorSchema = z
  .object({
    error: z.object({
      code: z.string().describe('Stable; docs/reference/errors.md lists all.'),
      message: z.string(),
      next: z.string().describe('What to do next.'),
      retryable: z.boolean(),
      details: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    }),
  })
  .openapi('Error')

const cause = z.enum(['closed', 'lost', 'replaced', 'cut', 'revoked', 'shutdown'])

const envelope = <Type extends string, Shape extends zod.ZodType>(types: readonly [Type, ...Type[]], object: Shape) =>
  z.object({
    id: z.string().describe('Resume after it.'),
    type: z.enum(types),
    createdAt: seconds,
    projectId: z.string(),
    object,
  })

export const eventSchema = z
  .union([
    envelope(['state.initial'], z.object({ tunnels: z.array(tunnelView), clients: z.array(clientSchema) })),
    envelope(['tunnel.created', 'tunnel.updated'], tunnelView),
    envelope(['tunnel.deleted'], z.union([tunnelSchema, tunnelSchema.partial()]).and(z.object({ cause }))),
    envelope(['client.created', 'client.updated'], clientSchema),
    envelope(['client.deleted'], clientSchema.extend({ cause })),
  ])
  .openapi('Event')

const filter = z.string().describe('key=value joined by commas, labels.k=v, labels.k=*, or a JSON filter.')

export const listQuery = z.strictObject({
  filter: filter.optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.apiListItems).optional(),
  cursor: z
    .string()
    .regex(/^[0-9a-z]{1,11}$/, 'it is not what "next" of the page before said')
    .optional(),
})

export const watchQuery = z.strictObject({
  tunnelFilter: filter.optional(),
  clientFilter: filter.optional(),
  lastEventId: z.string().max(64).optional().describe('As the Last-Event-ID field, for clients that cannot send it.'),
  'towline.token': z.string().optional().describe('Only short-lived credentials that may do nothing but list.'),
})

const next = z.string().optional().describe('The cursor of the next page; absent on the last.')

export const tunnelPage = z.object({ tunnels: z.array(tunnelView).readonly(), next }).openapi('TunnelPage')
export const clientPage = z.object({ clients: z.array(clientSchema).readonly(), next }).openapi('ClientPage')

export const idParam = z.object({ id: z.string().max(128) })

export const cutBody = z
  .strictObject({ reason: z.string().min(1).max(LIMITS.cutReasonChars).optional().describe('The owner is told.') })
  .openapi('Cut')

/** Read strictly by the one parser, whose refusals say more than a schema's. */
const boundary = z
  .record(z.string(), z.unknown())
  .openapi('Boundary', { description: 'A resource boundary; docs/protocol/permissions.md describes it.' })

export const mintBody = z
  .strictObject({
    permissions: z.array(z.enum(ALL_PERMISSIONS as [(typeof ALL_PERMISSIONS)[number]])).min(1),
    ttlSeconds: z.int().min(1),
    resources: boundary
      .optional()
      .describe("What they are for; narrowed to what the caller's are for. Absent: the same as the caller's."),
  })
  .openapi('Mint')

export const mintedSchema = z
  .object({
    token: z.string().describe('Shown once.'),
    credentialId: z.string(),
    permissions: z.array(z.string()).readonly(),
    expiresAt: seconds,
    resources: boundary.optional().describe('What they are for; absent is unbounded.'),
  })
  .openapi('Minted')
