/** Owns token exchange (RFC 8693): a narrower login for a login, a narrower token for a token, and a token for a CI job. */
import { newId } from '@towline/base'
import { ALL_PERMISSIONS, AppError, type Permission } from '@towline/protocol'
import type { default as Provider, errors as Errors, KoaContextWithOIDC } from 'oidc-provider'
import { addCredential } from '../credential/credential-store.ts'
import { longestLife } from '../credential/token-life.ts'
import { EXCHANGE_GRANT } from './clients.ts'
import { exchangeJob } from './exchange-job.ts'
import type { Happening } from '../audit/keep.ts'
import { type OauthDeps, secondsOf } from './oauth-deps.ts'
import { findAudience, resourceUrl, takesOf } from './resources.ts'
import { permissionsOf } from './scopes.ts'
import { tellTrail } from './trail.ts'
import { common, findLoginToken } from './verify-login.ts'

const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt'

/** What an exchange gives. */
export interface Exchanged {
  readonly token: string
  readonly permissions: readonly Permission[]
  /** Integer seconds. */
  readonly expiresAt: number
  /** For its audit record: by whom, and what was made. */
  readonly about: Omit<Happening, 'action' | 'decision'> & { readonly target: string }
}

/** One call of the token endpoint. */
interface Call {
  readonly provider: Provider
  readonly deps: OauthDeps
  readonly ctx: KoaContextWithOIDC
  readonly subject: string
  /** Those asked for; all when none was named. */
  readonly wanted: readonly Permission[]
  /** The identifier of a resource that was asked for. */
  readonly resource: string | undefined
}

const PARAMETERS = [
  'audience',
  'resource',
  'scope',
  'requested_token_type',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
]

export const addExchange = (provider: Provider, deps: OauthDeps, errors: typeof Errors): void => {
  const handler = async (ctx: KoaContextWithOIDC): Promise<void> => {
    try {
      const exchanged = await exchange(callOf(provider, deps, ctx))
      tellTrail(ctx.req, exchanged.about)
      ctx.body = {
        access_token: exchanged.token,
        issued_token_type: ACCESS_TOKEN_TYPE,
        token_type: 'Bearer',
        expires_in: exchanged.expiresAt - secondsOf(deps),
        scope: exchanged.permissions.join(' '),
      }
    } catch (error) {
      throw error instanceof AppError ? told(error, errors) : error
    }
  }
  provider.registerGrantType(EXCHANGE_GRANT, handler as Parameters<Provider['registerGrantType']>[1], PARAMETERS, [])
}

const callOf = (provider: Provider, deps: OauthDeps, ctx: KoaContextWithOIDC): Call => {
  const {
    scope,
    resource,
    subject_token: subject,
    requested_token_type: asked,
  } = ctx.oidc.params as Record<string, string>
  const wanted = scope === undefined ? ALL_PERMISSIONS : permissionsOf(scope)
  if (asked !== undefined && asked !== ACCESS_TOKEN_TYPE) throw wrong('requested_token_type', asked)
  if (subject === undefined) throw wrong('subject_token', '')
  return { provider, deps, ctx, subject, wanted, resource }
}

/** By the type of the subject token. */
const exchange = (call: Call): Promise<Exchanged> => {
  const type = String(call.ctx.oidc.params?.['subject_token_type'])
  if (type === JWT_TYPE) return exchangeJob(call.deps, { jwt: call.subject, wanted: call.wanted })
  if (type !== ACCESS_TOKEN_TYPE) throw wrong('subject_token_type', type)
  return call.subject.startsWith('tow_') ? narrowToken(call) : narrowLogin(call)
}

/** A project's own credential: the same as minting by the engine API. */
const narrowToken = async ({ deps, subject, wanted }: Call): Promise<Exchanged> => {
  const { authority, db, limits } = deps
  const parent = await authority.verify(subject)
  const ttlSeconds = await longestLife(db, parent.projectId, limits.exchangeSeconds)
  const permissions = common(parent.permissions, wanted)
  const minted = await authority.mint(parent, { permissions, ttlSeconds })
  const { token, credentialId, expiresAt } = minted
  const { projectId, userId } = parent
  const about = { projectId, credentialId: parent.credentialId, ...(userId !== undefined && { userId }) }
  return { token, permissions, expiresAt, about: { ...about, target: credentialId } }
}

/** A login of its own below the first: it may be revoked alone, and ends with the first. */
const narrowLogin = async ({ provider, deps, ctx, subject, wanted, resource }: Call): Promise<Exchanged> => {
  const { db, publicUrl, limits } = deps
  const now = secondsOf(deps)
  const { login, permissions: held, audience } = await findLoginToken(db, subject, { publicUrl, now })
  if (!held.includes('tokens.create')) throw new AppError('FORBIDDEN', { permission: 'tokens.create' })
  const meant = resource === undefined ? audience : findAudience(publicUrl, resource)
  if (meant === undefined || !takesOf(meant).includes(audience)) throw wrong('resource', resource ?? '')
  const permissions = common(held, wanted)
  if (permissions.length === 0) throw new AppError('FORBIDDEN', { permission: wanted.join(' ') })
  const scope = permissions.join(' ')
  const client = ctx.oidc.client
  if (!client) throw new AppError('UNAUTHENTICATED')
  const expiresAt = Math.min(now + limits.exchangeSeconds, login.expiresAt ?? Infinity)
  const grant = new provider.Grant({
    accountId: login.userId,
    clientId: client.clientId,
    expiresIn: expiresAt - now,
  } as never)
  grant.addResourceScope(resourceUrl(publicUrl, meant), scope)
  const grantId = await grant.save()
  const { userId, id: parentId, rootId } = login
  const name = `exchanged from ${login.name ?? parentId}`
  const id = newId('crd')
  await addCredential(db, {
    ...{ id, kind: 'exchange', projectId: null, secretHash: null, permissions, name, userId, grantId },
    ...{ clientId: client.clientId, resources: login.resources, parentId, rootId, createdAt: now, expiresAt },
  })
  const token = new provider.AccessToken({
    accountId: userId,
    client,
    grantId,
    gty: 'token-exchange',
    scope,
    expiresIn: expiresAt - now,
  } as never)
  token.resourceServer = new provider.ResourceServer(resourceUrl(publicUrl, meant), {
    scope,
    accessTokenFormat: 'opaque',
  })
  return { token: await token.save(), permissions, expiresAt, about: { credentialId: parentId, userId, target: id } }
}

const wrong = (option: string, value: string): AppError =>
  new AppError('OPTION_INVALID', { option, value: value.slice(0, 128), problem: 'it cannot be used here' })

/** In the words of OAuth. */
const told = (error: AppError, errors: typeof Errors): Error => {
  if (error.code === 'FORBIDDEN') return new errors.InvalidScope(error.message, String(error.details['permission']))
  if (error.code === 'OPTION_INVALID' && error.details['option'] === 'resource')
    return new errors.InvalidTarget(error.message)
  if (error.code === 'OPTION_INVALID') return new errors.InvalidRequest(error.message)
  return new errors.InvalidGrant(error.message)
}
