/** Owns how oidc-provider is set up: what is on, how long things live, and which scopes and resources there are. */
import type { Limits, Permission } from '@towline/protocol'
import type { Configuration, errors as Errors, KoaContextWithOIDC } from 'oidc-provider'
import { keep } from '../audit/keep.ts'
import { findLogin } from '../credential/credential-store.ts'
import { findUser } from '../user/user-store.ts'
import { createAdapter } from './adapter.ts'
import { interactionUrl } from './beginner.ts'
import { devicePages, errorPage } from './device-pages.ts'
import { FIXED_CLIENTS, isLocalRedirect } from './clients.ts'
import type { PrivateJwk } from './signing-keys.ts'
import { type OauthDeps, secondsOf } from './oauth-deps.ts'
import { findAudience, resourceUrl } from './resources.ts'
import { permissionsOf, RESOURCE_SCOPE } from './scopes.ts'
import { isGood } from './verify-login.ts'

/** What is made before the configuration can be. */
export interface Prepared {
  readonly errors: typeof Errors
  readonly jwks: readonly PrivateJwk[]
  readonly cookieKey: string
}

export const configuration = (deps: OauthDeps, prepared: Prepared): Configuration => {
  const { limits, publicUrl } = deps
  const secure = publicUrl.startsWith('https:')
  return {
    adapter: createAdapter(deps, prepared.errors),
    clients: FIXED_CLIENTS,
    jwks: { keys: [...prepared.jwks] },
    cookies: {
      keys: [prepared.cookieKey],
      names: {
        session: secure ? '__Host-towline_oauth' : 'towline_oauth',
        interaction: 'towline_interaction',
        resume: 'towline_resume',
      },
      long: { httpOnly: true, sameSite: 'lax', signed: true, secure, path: '/' },
      short: { httpOnly: true, sameSite: 'lax', signed: true, secure },
    },
    routes: ROUTES,
    responseTypes: ['code'],
    clientAuthMethods: ['none'],
    clientDefaults: {
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      id_token_signed_response_alg: 'ES256',
    },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    extraClientMetadata: { properties: ['towline_local'], validator: soundClient(prepared, limits) },
    extraParams: ['towline_device'],
    features: features(deps, prepared),
    findAccount: accountFinder(deps),
    interactions: { url: (ctx, { uid }) => interactionUrl(ctx.req, uid) },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // Each login is a grant of its own, so that one can be revoked without the others.
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId)
    },
    expiresWithSession: async () => false,
    rotateRefreshToken: true,
    revokeGrantPolicy: () => true,
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    renderError: errorPage,
    ttl: {
      AccessToken: limits.accessTokenSeconds,
      AuthorizationCode: 60,
      DeviceCode: limits.deviceCodeSeconds,
      Grant: limits.loginSeconds,
      IdToken: limits.accessTokenSeconds,
      Interaction: limits.interactionSeconds,
      RefreshToken: limits.refreshTokenSeconds,
      Session: limits.sessionSeconds,
    },
  }
}

/** Paths of the OAuth server besides `/.well-known`. */
export const ROUTES = {
  authorization: '/oauth/authorize',
  code_verification: '/device',
  device_authorization: '/oauth/device',
  end_session: '/oauth/end-session',
  jwks: '/oauth/jwks',
  registration: '/oauth/register',
  revocation: '/oauth/revoke',
  token: '/oauth/token',
} as const

const features = (deps: OauthDeps, { errors }: Prepared): NonNullable<Configuration['features']> => ({
  ...(deps.clientDocuments ? { clientIdMetadataDocument: { enabled: true, ack: 'draft-02' } as object } : {}),
  devInteractions: { enabled: false },
  deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', ...devicePages(deps) },
  dPoP: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  registration: { enabled: true, initialAccessToken: false, issueRegistrationAccessToken: false },
  resourceIndicators: {
    enabled: true,
    defaultResource: (_ctx, _client, oneOf) =>
      Array.isArray(oneOf) ? (oneOf[0] as string) : resourceUrl(deps.publicUrl, 'root'),
    useGrantedResource: () => true,
    getResourceServerInfo: (ctx, resource) => {
      const audience = findAudience(deps.publicUrl, resource)
      if (audience === undefined) throw new errors.InvalidTarget()
      askedScope(ctx, errors, () => deps.defaultScope(audience))
      return {
        scope: RESOURCE_SCOPE,
        audience: resourceUrl(deps.publicUrl, audience),
        accessTokenTTL: deps.limits.accessTokenSeconds,
        accessTokenFormat: 'opaque',
      }
    },
  },
  revocation: { enabled: true, allowedPolicy: ownToken(deps) },
  rpInitiatedLogout: { enabled: false },
  userinfo: { enabled: false },
})

/** A foreign token is answered as an unknown one: with nothing. */
const ownToken =
  (deps: OauthDeps): Revoking =>
  async ({ ip }, { clientId: agent }, token) => {
    if (token.clientId === agent) return true
    const userId = 'accountId' in token ? token.accountId : undefined
    const who = { agent, ...(userId !== undefined && { userId }), details: { address: ip } }
    await keep(deps, { action: 'login.end', decision: 'refused', code: 'FORBIDDEN', ...who })
    return false
  }

type Revoking = NonNullable<NonNullable<NonNullable<Configuration['features']>['revocation']>['allowedPolicy']>

/** Clients of MCP may name no scope at all; one that names only what we do not know would get a login that can do nothing. */
const askedScope = (ctx: KoaContextWithOIDC, errors: typeof Errors, byDefault: () => string): void => {
  const { params, route } = ctx.oidc
  if (!params || !ASKING.has(route)) return
  const scope = params['scope'] as string | undefined
  const resourceWords = (scope ?? '').split(' ').filter((word) => word !== '' && !OIDC_SCOPES.has(word))
  if (resourceWords.length === 0) params['scope'] = [scope, byDefault()].filter(Boolean).join(' ')
  else if (permissionsOf(scope).length === 0) throw new errors.InvalidScope('none of the scopes is known', scope ?? '')
}

const ASKING = new Set(['authorization', 'device_authorization'])
const OIDC_SCOPES = new Set(['openid', 'offline_access'])

/**
 * Anyone may register a client, so its codes must stay on the machine of whoever approves, it is no larger than what a login
 * needs, and it gets no secret, which the library makes for one that names no way to prove itself. Clients of MCP name scopes
 * when they register; those are of resources, which the library does not know then, and each login asks anew anyway.
 */
const soundClient =
  (
    { errors }: Prepared,
    { oauthClientChars }: Limits,
  ): NonNullable<NonNullable<Configuration['extraClientMetadata']>['validator']> =>
  (...[, , , metadata]) => {
    for (const key of ['scope', 'client_secret', 'client_secret_expires_at'] as const) delete metadata[key]
    const foreign = (metadata.redirect_uris ?? []).find((uri) => !isLocalRedirect(uri))
    if (foreign !== undefined)
      throw new errors.InvalidRedirectUri('redirect_uris must be http:// on a loopback address')
    if (JSON.stringify(metadata).length > oauthClientChars)
      throw new errors.InvalidClientMetadata(`it has more than ${oauthClientChars} characters`)
  }

/** A token whose login was revoked has no account any more, so nothing is issued for it. */
const accountFinder =
  (deps: OauthDeps): NonNullable<Configuration['findAccount']> =>
  async (_ctx, sub, token) => {
    const user = await findUser(deps.db, sub)
    if (!user || user.disabledAt !== undefined) return undefined
    const grantId = (token as { grantId?: string } | undefined)?.grantId
    const login = grantId === undefined ? undefined : await findLogin(deps.db, grantId)
    if (grantId !== undefined && !(login && isGood(login, secondsOf(deps)))) return undefined
    return { accountId: sub, claims: async () => ({ sub }) }
  }

/** Scopes of OpenID Connect besides permissions. */
export const scopesSupported = (permissions: readonly Permission[]): readonly string[] => [
  ...permissions,
  ...OIDC_SCOPES,
]
