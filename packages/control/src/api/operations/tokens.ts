/** Owns the operations on the credentials of projects. No one makes or takes over one that may do more than they may. */
import { z } from '@hono/zod-openapi'
import { AppError, type Boundary, covers, permissionRow, printBoundary, type Rights } from '@towline/protocol'
import {
  findCredential,
  listCredentials,
  lockCredential,
  rotateSecret,
  type StoredCredential,
} from '../../credential/credential-store.ts'
import { issueCredential } from '../../credential/issue.ts'
import { mintCredential } from '../../credential/mint.ts'
import { revokeTree } from '../../credential/revoke.ts'
import { formatToken, hashSecret, tokenOf } from '../../credential/token.ts'
import { requireLife } from '../../credential/token-life.ts'
import { rightsAt } from '../caller.ts'
import { defineOperation, type RunContext } from '../operation.ts'
import { asPage, credentialId, pageOf, paging, projectId } from '../schemas/fields.ts'
import { credential, delegation, issued, newCredential } from '../schemas/tokens.ts'

const MANAGE = (action: string) => [{ resource: 'control.tokens', action }] as const

export const tokensList = defineOperation({
  id: 'tokens.list',
  method: 'get',
  path: '/tokens',
  tag: 'Tokens',
  summary: 'List credentials',
  description: 'The credentials of a project that are good, in the order they were made, with when each was last used.',
  rules: [...MANAGE('read')],
  at: 'project',
  query: z.strictObject({ projectId, ...paging }),
  output: pageOf('credentials', credential),
  risk: 'read',
  mcp: { name: 'towline_token_list' },
  run: async ({ place, db, now, services }, { limit, cursor }) => {
    await services.flush()
    const query = { limit, cursor, projectId: place.project.id, goodAt: now }
    const { items, next } = await listCredentials(db, query)
    return asPage('credentials', { items: items.map(credentialView), ...(next !== undefined && { next }) })
  },
})

export const tokensCreate = defineOperation({
  id: 'tokens.create',
  method: 'post',
  path: '/tokens',
  tag: 'Tokens',
  summary: 'Make a long-lived credential',
  description:
    'For a device or a job: of one project, with at most the rights of its maker, and never allowed to make others. It ' +
    'follows the role of the person who made it, and outlives that login. Its token is shown once.',
  rules: [...MANAGE('create')],
  at: 'project',
  body: newCredential,
  output: issued,
  status: 201,
  risk: 'credential',
  idempotency: 'optional',
  secrets: ['token'],
  mcp: { name: 'towline_token_create' },
  run: async (context, { name, permissions, resources, ttlSeconds }) => {
    const { place, db, now, limits, caller, target } = context
    const { credentialId: id, rootCredentialId: rootId, projectId: own, expiresAt } = caller
    const parent = own === undefined ? undefined : { id, rootId, expiresAt }
    const maker = { rights: rightsAt(caller, place.role), userId: caller.userId, parent }
    await lockCredential(db, id)
    const request = { projectId: place.project.id, name, permissions, resources, ttlSeconds }
    const made = await issueCredential(db, request, { maker, limits, now })
    target(made.credentialId)
    return { token: made.token, credential: credentialView(await stored(context, made.credentialId)) }
  },
})

export const tokensDelegate = defineOperation({
  id: 'tokens.delegate',
  method: 'post',
  path: '/delegated-tokens',
  tag: 'Tokens',
  summary: 'Make a short-lived credential',
  description:
    'For one task: 1 second to an hour, with at most the rights of the caller, and it ends with the credential of the ' +
    'caller. Its token is shown once.',
  rules: [{ resource: 'engine.tokens', action: 'create' }],
  at: 'project',
  body: delegation,
  output: issued,
  status: 201,
  risk: 'credential',
  idempotency: 'optional',
  secrets: ['token'],
  mcp: { name: 'towline_token_delegate' },
  run: async (context, { permissions, resources, ttlSeconds }) => {
    const { place, db, now, limits, caller, target } = context
    await requireLife(db, place.project.id, { ttlSeconds, most: limits.delegatedTokenSeconds })
    await lockCredential(db, caller.credentialId)
    const own = await findCredential(db, caller.credentialId)
    if (!own || own.revokedAt !== null) throw new AppError('UNAUTHENTICATED')
    const { permissions: held, resources: bounds } = rightsAt(caller, place.role)
    const parent = { ...own, projectId: place.project.id, permissions: held ?? [], resources: bounds }
    const request = { permissions, ttlSeconds, resources: resources as unknown as Boundary | undefined }
    const { token, credentialId: id } = await mintCredential(db, parent, { request, limits, now })
    target(id)
    return { token, credential: credentialView(await stored(context, id)) }
  },
})

export const tokensRotate = defineOperation({
  id: 'tokens.rotate',
  method: 'post',
  path: '/tokens/{credentialId}/rotate',
  tag: 'Tokens',
  summary: 'Rotate a credential',
  description:
    'Gives it another token, which is shown once. The one before proves nothing from then on, and what it has open ends. ' +
    'Refused for one that may do more than the caller.',
  rules: [...MANAGE('update')],
  at: 'credential',
  params: z.strictObject({ credentialId }),
  output: issued,
  risk: 'credential',
  idempotency: 'optional',
  secrets: ['token'],
  mcp: { name: 'towline_token_rotate' },
  run: async (context) => {
    const { place, db, caller, after, services, target } = context
    const { id } = place.credential
    target(id)
    requireNoMore(place.credential, rightsAt(caller, place.role))
    const token = tokenOf(id)
    await rotateSecret(db, id, hashSecret(token.secret))
    after(() => services.tellRevoked([id]))
    return { token: formatToken(token), credential: credentialView(await stored(context, id)) }
  },
})

export const tokensRevoke = defineOperation({
  id: 'tokens.revoke',
  method: 'delete',
  path: '/tokens/{credentialId}',
  tag: 'Tokens',
  summary: 'Revoke a credential',
  description: 'Ends it, and all that were made from it, at once: also what they have open.',
  rules: [...MANAGE('delete')],
  at: 'credential',
  params: z.strictObject({ credentialId }),
  output: z
    .strictObject({
      credentialId,
      revoked: z.array(z.string()).readonly().openapi({ description: 'Those that were good until now.' }),
    })
    .openapi('RevokedCredential', { description: 'What was ended.' }),
  risk: 'destructive',
  mcp: { name: 'towline_token_revoke' },
  run: async ({ place, db, now, after, services, target }) => {
    const { id } = place.credential
    target(id)
    const revoked = await revokeTree(db, id, now)
    after(() => services.tellRevoked(revoked))
    return { credentialId: id, revoked }
  },
})

/** The token of a stronger credential would make its holder stronger. */
const requireNoMore = (
  { permissions, resources }: StoredCredential,
  { permissions: held, resources: bounds }: Rights,
): void => {
  const more = permissions.find((one) => permissionRow(one).rules.some((rule) => !covers(held, rule)))
  if (more) throw new AppError('FORBIDDEN', { permission: more })
  if (bounds === null) return
  if (resources === null || printBoundary(resources) !== printBoundary(bounds)) throw new AppError('OUT_OF_BOUNDS')
}

const stored = async ({ db }: Pick<RunContext, 'db'>, id: string): Promise<StoredCredential> =>
  (await findCredential(db, id)) as StoredCredential

const credentialView = (one: StoredCredential) => ({
  id: one.id,
  kind: one.kind,
  projectId: one.projectId as string,
  permissions: one.permissions,
  createdAt: one.createdAt,
  ...(one.name !== null && { name: one.name }),
  ...(one.resources && { resources: { ...one.resources } }),
  ...(one.userId !== null && { userId: one.userId }),
  ...(one.parentId !== null && { parentId: one.parentId }),
  ...(one.lastUsedAt !== null && { lastUsedAt: one.lastUsedAt }),
  ...(one.expiresAt !== null && { expiresAt: one.expiresAt }),
})
