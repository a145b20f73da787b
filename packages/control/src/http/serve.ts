/** Owns answering requests of the server's own host, by the OAuth server or the site: all that is heavy hangs on this file. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { CallerRate, RateLimit } from '@towline/base'
import { type Auth, openAuth } from '../accounts/auth.ts'
import { ensureKey, newSecret } from '../key/key-store.ts'
import { type OauthDeps, secondsOf } from '../oauth/oauth-deps.ts'
import { createOauth } from '../oauth/provider.ts'
import { defaultScope } from '../oauth/scopes.ts'
import { partsOf } from '../parts.ts'
import { describe } from './describe.ts'
import { isOauthPath, runOauth } from './oauth-gate.ts'
import type { ControlHttp, ControlHttpOptions } from './open-http.ts'
import { createSite } from './site.ts'
import type { SiteDeps } from './site-deps.ts'

/** A request whose head says who sent it, by the address that was found out. */
export type Serve = (request: IncomingMessage, response: ServerResponse, address: string) => void

export const createServing = (options: ControlHttpOptions, inviteUrl: ControlHttp['inviteUrl']): Serve => {
  const deps = siteDeps(options, inviteUrl)
  const site = createSite(deps)
  const listener = getRequestListener((request, env) => site.fetch(request, env), { overrideGlobalObjects: false })
  return (request, response, address) => {
    if (isOauthPath(request)) return runOauth({ request, response, address }, deps)
    void listener(request, response)
  }
}

const siteDeps = (options: ControlHttpOptions, inviteUrl: ControlHttp['inviteUrl']): SiteDeps => {
  const { control, publicUrl, version, providers = [], trust = [], clientDocuments = false } = options
  const parts = partsOf(control)
  const { db, dialect, log, limits, clock, authority, audit, endCredential: revokeCredential } = parts
  const shared = { db, log, limits, clock, publicUrl }
  const oauthDeps: OauthDeps = { ...shared, trust, clientDocuments, authority, audit, revokeCredential, defaultScope }
  let auth: Promise<Auth> | undefined
  const openOnce = (): Promise<Auth> => {
    auth ??= ensureKey(db, { kind: 'auth.session', now: secondsOf(shared) }, newSecret).then(({ payload: secret }) =>
      openAuth({ db, dialect, publicUrl, secret, limits, providers, onMissing: () => (auth = undefined) }),
    )
    return auth
  }
  const about = { publicUrl, version, inviteUrl, callers: new CallerRate(limits, clock) }
  const ofApi = options.api
  const api = ofApi && loadOnce(async () => (await import('../api/open-api.ts')).openApi(parts, ofApi, about))
  const described = describe(options, api)
  const mcp =
    ofApi &&
    described &&
    loadOnce(async () => (await import('../mcp/open-mcp.ts')).openMcp(parts, ofApi, { ...about, described }))
  return {
    ...shared,
    version,
    api,
    mcp,
    described,
    providers,
    auth: openOnce,
    oauth: createOauth(oauthDeps),
    oauthDeps,
    rate: new RateLimit(limits, clock),
  }
}

/** A failure is not kept: the next call loads again. */
const loadOnce = <T>(load: () => Promise<T>): (() => Promise<T>) => {
  let loaded: Promise<T> | undefined
  return () =>
    (loaded ??= load().catch((error: unknown) => {
      loaded = undefined
      throw error
    }))
}
