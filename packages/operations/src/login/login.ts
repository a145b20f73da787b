/** Owns logging a person in by the device flow (RFC 8628): a page and a code are told, and tokens come when they are approved. */
import { hostname } from 'node:os'
import { AppError, LIMITS, type Permission, validateSlug } from '@towline/protocol'
import type { DeviceAuthorizationResponse, TokenEndpointResponse } from 'openid-client'
import { type Context, type Login, readContexts, saveContext } from '../context/contexts.ts'
import type { Env } from '../context/home.ts'
import { callApi } from './call-api.ts'
import { endLogin } from './end-login.ts'
import { expiryOf, isLogin } from './login-token.ts'
import { type OauthServer, withOauthServer } from './oauth-server.ts'

/** What the person needs in order to approve. */
export interface LoginPrompt {
  readonly url: string
  /** With the code in it. */
  readonly completeUrl: string
  readonly userCode: string
  /** Integer seconds. */
  readonly expiresAt: number
}

export interface LoginRequest {
  readonly env: Env
  /** Of the context that is written; one of this name is replaced. */
  readonly name: string
  readonly url: string
  /** PEM to pin. */
  readonly ca?: string | undefined
  /** Slug. */
  readonly project?: string | undefined
  readonly permissions: readonly Permission[]
  readonly signal: AbortSignal
  readonly onPrompt: (prompt: LoginPrompt) => void
}

/**
 * Resolves when the person has approved and the context is stored. Rejects with LOGIN_REFUSED, LOGIN_EXPIRED, NOT_TOWLINE,
 * SERVER_UNREACHABLE, SERVER_UNTRUSTED or the signal's reason; nothing is stored then.
 */
export const login = async (request: LoginRequest): Promise<Context> => {
  const { env, name, url, ca, project, signal } = request
  const address = { url, ca, env }
  const got = await withOauthServer(address, (server) => approved(server, request), signal)
  const bare: Context = {
    ...{ name, url, token: got.tokens.access_token, login: loginOf(got) },
    ...(ca === undefined ? {} : { ca }),
  }
  const slug = project ?? (await onlyProject(bare, signal))
  const context: Context = slug === undefined ? bare : { ...bare, project: slug }
  const before = (await readContexts(env)).contexts.find((one) => one.name === name)
  await saveContext(env, context)
  // The login that was here is of no use to anyone any more; a server that cannot be told ends it in time.
  if (before && isLogin(before)) await endLogin(env, before, signal).catch(() => undefined)
  return context
}

/** The project of a person who has one; which of several is meant is the person's to say. */
const onlyProject = async (context: Context, signal: AbortSignal): Promise<string | undefined> => {
  const asked = callApi(context, '/api/projects?limit=2', signal).catch(() => ({}))
  const { projects = [] } = (await asked) as {
    readonly projects?: readonly ({ readonly endpoint?: unknown } | undefined)[]
  }
  const [only] = projects
  return projects.length === 1 && isSlug(only?.endpoint) ? only?.endpoint : undefined
}

interface Got {
  readonly issuer: string
  readonly tokens: TokenEndpointResponse
  readonly permissions: readonly string[]
}

const approved = async (server: OauthServer, { permissions, onPrompt, signal }: LoginRequest): Promise<Got> => {
  const { issuer, resource } = server
  const scope = permissions.join(' ')
  const asked = { scope, resource, towline_device: hostname().slice(0, 128) }
  const device = await server.run(({ oauth, config }) => oauth.initiateDeviceAuthorization(config, asked))
  onPrompt({
    url: pageOf(issuer, device.verification_uri),
    completeUrl: pageOf(issuer, device.verification_uri_complete ?? device.verification_uri),
    userCode: device.user_code,
    expiresAt: expiryOf(device.expires_in, Date.now),
  })
  const tokens = await poll(server, device, signal)
  return { issuer, tokens, permissions: (tokens.scope ?? scope).split(' ').filter((word) => word !== '') }
}

/** Anything else cannot be kept, and is left for the person to choose. */
const isSlug = (value: unknown): value is string => {
  try {
    return typeof value === 'string' && validateSlug(value) === value
  } catch {
    return false
  }
}

/** A person's browser opens it, and the person approves there: it is a page of the server that asks, and nothing else. */
const pageOf = (issuer: string, text: string): string => {
  if (URL.canParse(text) && new URL(text).origin === issuer) return new URL(text).href
  throw new AppError('NOT_TOWLINE', { url: issuer, problem: 'its page for logins is none of its own' })
}

/** Across networks that come and go, until the code is over. */
const poll = async (
  server: OauthServer,
  device: DeviceAuthorizationResponse,
  signal: AbortSignal,
): Promise<TokenEndpointResponse> => {
  const over = AbortSignal.timeout(device.expires_in * 1000)
  const either = AbortSignal.any([signal, over])
  for (;;) {
    try {
      return await server.run(({ oauth, config }) =>
        oauth.pollDeviceAuthorizationGrant(config, device, undefined, { signal: either }),
      )
    } catch (error) {
      signal.throwIfAborted()
      if (over.aborted || isUnknownCode(error)) throw new AppError('LOGIN_EXPIRED', {}, { cause: error })
      if (!(error instanceof AppError && error.row.retryable)) throw error
    }
  }
}

/** A code that was forgotten after its end is answered as one that never was. */
const isUnknownCode = (error: unknown): boolean => error instanceof AppError && error.code === 'UNAUTHENTICATED'

const loginOf = ({ issuer, tokens, permissions }: Got): Login => {
  const { refresh_token: refreshToken, expires_in: seconds } = tokens
  if (refreshToken === undefined)
    throw new AppError('NOT_TOWLINE', { url: issuer, problem: 'its login cannot be renewed' })
  return { issuer, refreshToken, expiresAt: expiryOf(seconds ?? LIMITS.accessTokenSeconds, Date.now), permissions }
}
