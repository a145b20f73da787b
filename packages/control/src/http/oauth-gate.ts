/** Owns what happens before the OAuth server sees a request: who may try how often, and who has to sign in first. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { rateKey } from '@towline/base'
import type { AppError } from '@towline/protocol'
import type { default as Provider } from 'oidc-provider'
import { ROUTES } from '../oauth/configuration.ts'
import { prefill } from '../oauth/device-pages.ts'
import { keepBeginner } from '../oauth/beginner.ts'
import { requireSameOrigin } from './same-origin.ts'
import { securityHeaders } from './security-headers.ts'
import { asAppError, refuse } from './site.ts'
import type { SiteDeps } from './site-deps.ts'

const METADATA = new Set(['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])

const pathOf = ({ url }: IncomingMessage): string => (url ?? '/').split('?', 1)[0] as string

/** The library would take other spellings too (case, a slash at the end), which no check here would know. */
const PATHS: ReadonlySet<string> = new Set([...METADATA, ...Object.values(ROUTES)])
/** Where the library goes on after a page of ours. */
const RESUMED = /^\/(?:oauth\/authorize|device)\/[\w-]+$/

/** Whether oidc-provider answers the path. */
export const isOauthPath = (request: IncomingMessage): boolean => {
  const path = pathOf(request)
  return PATHS.has(path) || RESUMED.test(path)
}

export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly address: string
}

/** One call, and what is known of its sender. */
interface Asked extends Call {
  readonly path: string
  readonly headers: Headers
}

/** Never throws. */
export const runOauth = (call: Call, deps: SiteDeps): void => {
  const asked = { ...call, path: pathOf(call.request), headers: headersOf(call.request) }
  run(asked, deps).catch((error: unknown) => {
    const told = asAppError(error, deps)
    void answer(
      call.response,
      isPage(asked) ? refuse(new Request('http://x', { headers: asked.headers }), told) : inOauth(told),
    )
  })
}

const run = async (asked: Asked, deps: SiteDeps): Promise<void> => {
  countRequest(asked, deps)
  const provider = await deps.oauth()
  if (needsPerson(asked) && !(await withPerson(asked, deps, provider))) return
  for (const [name, value] of Object.entries(
    isPage(asked) ? securityHeaders() : { 'x-content-type-options': 'nosniff' },
  )) {
    asked.response.setHeader(name, value)
  }
  await provider.callback()(asked.request, asked.response)
}

/** Clients of the endpoints read the words of OAuth (RFC 6749 §5.2). */
const inOauth = async (told: AppError): Promise<Response> => {
  const limited = told.code === 'RATE_LIMITED'
  const body = { error: limited ? 'temporarily_unavailable' : 'server_error', error_description: told.message }
  const retry: Record<string, string> = limited ? { 'retry-after': String(told.details['seconds']) } : {}
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...retry }
  return new Response(JSON.stringify(body), { status: told.row.http, headers })
}

const countRequest = ({ path, address }: Asked, { rate, limits }: SiteDeps): void => {
  const key = rateKey(address)
  if (path === ROUTES.registration) rate.count(`register ${key}`, limits.clientsPerMinute)
  if (path === ROUTES.device_authorization) rate.count(`device ${key}`, limits.deviceCodesPerMinute)
  if (!METADATA.has(path)) rate.count(`oauth ${key}`, limits.oauthRequestsPerMinute)
}

const isPage = ({ path }: Asked): boolean =>
  path.startsWith(ROUTES.code_verification) || path.startsWith(ROUTES.authorization)

const needsPerson = ({ path }: Asked): boolean => path === ROUTES.code_verification || path === ROUTES.authorization

/** False when the person was sent to sign in. A user code is tried in the name of a person, so that guesses can be counted. */
const withPerson = async (asked: Asked, deps: SiteDeps, provider: Provider): Promise<boolean> => {
  const { request, response, headers, path } = asked
  const signedIn = await (await deps.auth()).signedIn(headers)
  if (!signedIn) {
    const back = request.method === 'GET' ? (request.url ?? path) : path
    response
      .writeHead(303, { location: `/sign-in?return_to=${encodeURIComponent(back)}`, 'cache-control': 'no-store' })
      .end()
    return false
  }
  const known = await ownSession(asked, provider, signedIn.userId)
  keepBeginner(request, signedIn.userId)
  if (path !== ROUTES.code_verification) return true
  if (request.method !== 'POST') {
    takeUserCode(request)
    return true
  }
  requireSameOrigin(headers, deps.publicUrl)
  deps.rate.count(`code ${signedIn.userId}`, deps.limits.userCodesPerMinute)
  deps.rate.count(`code ${rateKey(asked.address)}`, deps.limits.userCodesPerMinuteOfAddress)
  // A form whose session is over proves nothing: a fresh one is shown.
  if (!known) response.writeHead(303, { location: path, 'cache-control': 'no-store' }).end()
  return known
}

/** The code of a link is shown, not used: oidc-provider would send it off by a script of the page. */
const takeUserCode = (request: IncomingMessage): void => {
  const userCode = new URL(request.url ?? '/', 'http://x').searchParams.get('user_code')
  request.url = ROUTES.code_verification
  if (userCode !== null) prefill(request, userCode.slice(0, 16))
}

/**
 * Whether there is a session of the OAuth server's own that is this person's, or nobody's yet. Another person's, from before,
 * must not count.
 */
const ownSession = async ({ request }: Asked, provider: Provider, userId: string): Promise<boolean> => {
  const parts = request.headers.cookie?.split(/; */) ?? []
  const name = provider.cookieName('session')
  const id = parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1)
  const session = id === undefined ? undefined : await provider.Session.find(id)
  if (!session) return false
  if (session.accountId === undefined || session.accountId === userId) return true
  request.headers.cookie = parts.filter((part) => !part.startsWith(name)).join('; ')
  return false
}

const headersOf = (request: IncomingMessage): Headers => {
  const headers = new Headers()
  for (const [name, values] of Object.entries(request.headers)) {
    if (values !== undefined && !name.startsWith(':')) headers.set(name, String(values))
  }
  return headers
}

const answer = async (response: ServerResponse, refusal: Promise<Response>): Promise<void> => {
  const told = await refusal
  const body = await told.text()
  if (response.headersSent) return void response.destroy()
  response.writeHead(told.status, Object.fromEntries(told.headers)).end(body)
}
