/**
 * Owns the access token of a login: used while it is good, renewed before it is not. The server takes each refresh token
 * once, and a second use ends the whole login, so one process at a time renews, and looks first whether another just did.
 */
import { withFileLock } from '@towline/base'
import { AppError, LIMITS } from '@towline/protocol'
import { type Context, type Login, changeContext, readContexts } from '../context/contexts.ts'
import { contextsFile, type Env } from '../context/home.ts'
import { withOauthServer } from './oauth-server.ts'

/** A context that holds a login. */
export type LoginContext = Context & { readonly login: Login }

export const isLogin = (context: Context): context is LoginContext => context.login !== undefined

export interface LoginTokenOptions {
  /** Integer milliseconds since the epoch. */
  readonly clock?: () => number
}

/** Renewals under way in this process, by file and context. */
const renewing = new Map<string, Promise<string>>()

/**
 * Answers a token for the server of the context named, and for no other: the URL at the start is held to. Rejects with
 * LOGIN_ENDED, TOKEN_ELSEWHERE, CONTEXT_BUSY, SERVER_UNREACHABLE, ….
 */
export const loginToken = (env: Env, { name, url }: LoginContext, { clock = Date.now }: LoginTokenOptions = {}) => {
  const read = async (): Promise<LoginContext> => ownContext(env, name, url)
  const isGood = ({ login, token }: LoginContext, refused: string | undefined): boolean =>
    token !== refused && login.expiresAt - LIMITS.tokenEarlySeconds > clock() / 1000
  return async (refused?: string): Promise<string> => {
    const now = await read()
    if (isGood(now, refused)) return now.token
    const key = `${contextsFile(env)} ${name}`
    const under = renewing.get(key)
    if (under) return await under
    const renewal = withFileLock(`${contextsFile(env)}.${name}.login`, async () => {
      const fresh = await read()
      return isGood(fresh, refused) ? fresh.token : await renew(env, fresh, clock)
    }).finally(() => renewing.delete(key))
    renewing.set(key, renewal)
    return await renewal
  }
}

const ownContext = async (env: Env, name: string, url: string): Promise<LoginContext> => {
  const found = (await readContexts(env)).contexts.find((one) => one.name === name)
  if (!found || !isLogin(found)) throw new AppError('LOGIN_ENDED', { context: name, url })
  if (found.url !== url) throw new AppError('TOKEN_ELSEWHERE', { context: name, stored: found.url, url })
  return found
}

/** Uses the refresh token, and stores the next one before the new token is used. */
const renew = async (env: Env, { name, url, ca, login }: LoginContext, clock: () => number): Promise<string> => {
  const tokens = await withOauthServer({ url, ca, env }, async ({ oauth, config, issuer, resource }) => {
    if (issuer !== login.issuer) throw new AppError('LOGIN_ENDED', { context: name, url })
    return await oauth.refreshTokenGrant(config, login.refreshToken, { resource })
  }).catch((error: unknown) => {
    throw isOver(error) ? new AppError('LOGIN_ENDED', { context: name, url }, { cause: error }) : error
  })
  const next: Login = {
    ...login,
    refreshToken: tokens.refresh_token ?? login.refreshToken,
    expiresAt: expiryOf(tokens.expires_in, clock),
  }
  await changeContext(env, name, (one) =>
    one.login?.refreshToken === login.refreshToken ? { ...one, token: tokens.access_token, login: next } : one,
  )
  return tokens.access_token
}

const isOver = (error: unknown): boolean => error instanceof AppError && error.code === 'UNAUTHENTICATED'

/** Integer seconds. */
export const expiryOf = (seconds: number | undefined, clock: () => number): number =>
  Math.floor(clock() / 1000) + (seconds ?? LIMITS.accessTokenSeconds)
