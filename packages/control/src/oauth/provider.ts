/** Owns the OAuth server: it is loaded when first asked for, and made anew when a signing key is due. */
import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { ALL_PERMISSIONS } from '@towline/protocol'
import type { default as Provider, KoaContextWithOIDC } from 'oidc-provider'
import { keep } from '../audit/keep.ts'
import { findLogin } from '../credential/credential-store.ts'
import { configuration, scopesSupported } from './configuration.ts'
import { ensureKey, newSecret } from '../key/key-store.ts'
import { addExchange } from './exchange.ts'
import { signingKeys } from './signing-keys.ts'
import { type OauthDeps, secondsOf } from './oauth-deps.ts'
import { Polling } from './polling.ts'
import { addTrail } from './trail.ts'

/** Answers the server, ready to use. */
export type Oauth = () => Promise<Provider>

/** A key is checked for its age this often; the server is made anew only when a new one came. */
const KEY_CHECK_SECONDS = 3600

export const createOauth = (deps: OauthDeps): Oauth => {
  let current: Promise<Provider> | undefined
  let until = 0
  return () => {
    const now = secondsOf(deps)
    if (current === undefined || now >= until) {
      until = now + KEY_CHECK_SECONDS
      current = open(deps)
      current.catch(() => (current = undefined))
    }
    return current
  }
}

const open = async (deps: OauthDeps): Promise<Provider> => {
  const { default: Library, errors } = await load(deps)
  const now = secondsOf(deps)
  const { payload: cookieKey } = await ensureKey(deps.db, { kind: 'oauth.cookie', now }, newSecret)
  const jwks = await signingKeys({ db: deps.db, now, lifeSeconds: deps.limits.signingKeySeconds })
  const provider = new Library(deps.publicUrl, configuration(deps, { errors, jwks, cookieKey }))
  // Host, scheme and address are set by whoever hands requests over, from what is known for sure.
  provider.proxy = true
  addAddress(provider, deps)
  addPolling(provider, deps)
  addRevocation(provider, deps)
  addTrail(provider, deps)
  addScopes(provider)
  addExchange(provider, deps, errors)
  const failed = (error: unknown): void => deps.log.error({ err: error }, 'the OAuth server met an error')
  provider.on('server_error', (ctx, error) => {
    if (!(error instanceof RangeError) || ctx.oidc.route !== 'registration') return failed(error)
    // JSON that is nested until the stack ends is a fault of whoever sent it.
    ctx.status = 400
    ctx.body = { error: 'invalid_client_metadata', error_description: 'it is nested too deeply' }
  })
  // What its framework catches would be printed to standard error.
  ;(provider as unknown as EventEmitter).on('error', failed)
  return provider
}

let library: Promise<typeof import('oidc-provider')> | undefined

/** Once a process: two that change the console at the same time would leave it changed. */
const load = (deps: OauthDeps): Promise<typeof import('oidc-provider')> => (library ??= loadQuietly(deps))

/** The library prints notices when it is loaded; standard output and error belong to the command. */
const loadQuietly = async ({ log }: OauthDeps): Promise<typeof import('oidc-provider')> => {
  const { warn, info } = console
  const note = (...words: readonly unknown[]): void => log.debug({ notice: words.join(' ') }, 'loading oidc-provider')
  Object.assign(console, { warn: note, info: note })
  try {
    return await import('oidc-provider')
  } finally {
    Object.assign(console, { warn, info })
  }
}

/** Links and metadata say the scheme of the issuer, also where the development certificate was used to ask. */
const addAddress = (provider: Provider, { publicUrl }: OauthDeps): void => {
  const protocol = { value: new URL(publicUrl).protocol.slice(0, -1) }
  provider.use(async (ctx, next) => {
    Object.defineProperty(ctx.request, 'protocol', protocol)
    await next()
  })
}

const addPolling = (provider: Provider, { limits, clock }: OauthDeps): void => {
  const polling = new Polling(limits, clock)
  provider.use(async (ctx, next) => {
    await next()
    const { oidc } = ctx as KoaContextWithOIDC
    const body = ctx.body as Record<string, unknown> | undefined
    if (oidc?.route === 'device_authorization' && ctx.status === 200) {
      ctx.body = { ...body, interval: limits.devicePollSeconds }
    }
    if (oidc?.route !== 'token' || body?.['error'] !== 'authorization_pending') return
    if (!polling.inTime(String(oidc.params?.['device_code']))) {
      ctx.body = { error: 'slow_down', error_description: 'ask less often: five seconds more between two polls' }
    }
  })
}

/** A revoked grant ends its login before the answer goes out, with all that hangs on it. */
const addRevocation = (provider: Provider, deps: OauthDeps): void => {
  const pending = new WeakMap<IncomingMessage, Promise<unknown>>()
  provider.on('grant.revoked', (ctx, grantId) => pending.set(ctx.req, revokeLogin(deps, ctx, grantId)))
  provider.use(async (ctx, next) => {
    await next()
    await pending.get(ctx.req)
  })
}

const revokeLogin = async (deps: OauthDeps, { oidc, ip }: KoaContextWithOIDC, grantId: string): Promise<void> => {
  try {
    const login = await findLogin(deps.db, grantId)
    if (!login) return
    await deps.revokeCredential(login.id)
    const person = login.userId === null ? {} : { userId: login.userId }
    const details = { cause: oidc.route === 'revocation' ? 'revoked' : 'used twice', address: ip }
    const who = { ...person, ...(oidc.client && { agent: oidc.client.clientId }) }
    await keep(deps, { action: 'login.end', decision: 'allowed', ...who, target: login.id, details })
  } catch (error) {
    deps.log.error({ err: error }, 'a login could not be revoked')
  }
}

/** Which permissions there are, besides what the library knows. */
const addScopes = (provider: Provider): void => {
  provider.use(async (ctx, next) => {
    await next()
    const { oidc } = ctx as KoaContextWithOIDC
    if (oidc?.route !== 'discovery') return
    ctx.body = {
      ...(ctx.body as object),
      scopes_supported: scopesSupported(ALL_PERMISSIONS),
      revocation_endpoint_auth_methods_supported: ['none'],
    }
  })
}
