/** Owns what the audit log keeps of the OAuth server: tokens and clients that are made, and those that are refused. */
import type { IncomingMessage } from 'node:http'
import type { default as Provider, KoaContextWithOIDC } from 'oidc-provider'
import { type Happening, keep } from '../audit/keep.ts'
import { findLogin } from '../credential/credential-store.ts'
import { EXCHANGE_GRANT } from './clients.ts'
import type { OauthDeps } from './oauth-deps.ts'

/** What is known of a call besides what its route tells. */
export type Told = Omit<Happening, 'action' | 'decision'>

const told = new WeakMap<IncomingMessage, Told>()

/** Adds to the record of a call. */
export const tellTrail = (request: IncomingMessage, more: Told): void => {
  told.set(request, more)
}

/** By grant type; every other one asks for a first token. */
const ACTIONS: ReadonlyMap<unknown, string> = new Map([
  ['refresh_token', 'token.refresh'],
  [EXCHANGE_GRANT, 'token.exchange'],
])

/** A device that asks again is no event. */
const PENDING: ReadonlySet<unknown> = new Set(['authorization_pending', 'slow_down'])

/** Keeps one record of each call that makes a token or a client, or is refused one. */
export const addTrail = (provider: Provider, deps: OauthDeps): void => {
  provider.use(async (ctx, next) => {
    await next()
    const what = happeningOf(ctx as KoaContextWithOIDC)
    if (what) await keep(deps, { ...(await whose(ctx as KoaContextWithOIDC, deps)), ...what, ...detailsOf(ctx, what) })
  })
}

const happeningOf = ({ oidc, body, status }: KoaContextWithOIDC): Happening | undefined => {
  const { error } = (body ?? {}) as { readonly error?: unknown }
  const action = oidc && actionOf(oidc)
  if (action === undefined || PENDING.has(error) || status >= 500) return undefined
  if (error === undefined) return { action, decision: 'allowed' }
  return { action, decision: 'refused', code: typeof error === 'string' ? error : 'invalid_request' }
}

const actionOf = ({ route, params }: KoaContextWithOIDC['oidc']): string | undefined => {
  if (route === 'registration') return 'client.register'
  return route === 'token' ? (ACTIONS.get(params?.['grant_type']) ?? 'token.issue') : undefined
}

/** Whoever the token, code or grant belongs to that was shown; its login is what acts. */
const whose = async ({ oidc, req }: KoaContextWithOIDC, { db }: OauthDeps): Promise<Told> => {
  const { RefreshToken, AuthorizationCode, DeviceCode, AccessToken, Client } = oidc.entities
  const shown = RefreshToken ?? AuthorizationCode ?? DeviceCode ?? AccessToken
  const login = shown?.grantId === undefined ? undefined : await findLogin(db, shown.grantId)
  const userId = shown?.accountId ?? login?.userId ?? undefined
  return {
    ...(Client && oidc.route === 'token' && { agent: Client.clientId }),
    ...(userId !== undefined && { userId }),
    ...(login && { credentialId: login.id, target: login.id }),
    ...(Client &&
      oidc.route === 'registration' && { agent: Client.clientName ?? Client.clientId, target: Client.clientId }),
    ...told.get(req),
  }
}

const detailsOf = ({ req, ip }: Pick<KoaContextWithOIDC, 'req' | 'ip'>, what: Told): Told => ({
  details: { address: ip, ...told.get(req)?.details, ...what.details },
})
