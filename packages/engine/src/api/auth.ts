/** Owns who may call the engine API: one proof of identity, and where a token in the query is good enough. */
import type { IncomingMessage } from 'node:http'
import { type CallerRate, clientAddress } from '@towline/base'
import { AppError, type Limits, type Permission, type Principal, TOKEN_PARAMETER } from '@towline/protocol'
import type { Context, MiddlewareHandler } from 'hono'

/** What routes find in their context. */
export interface ApiEnv {
  // biome-ignore lint/style/useNamingConvention: hono's names
  readonly Variables: { principal: Principal }
}

export interface AuthDeps {
  /** `project` is the slug of the one that is meant. */
  readonly verify: (token: string, project?: string) => Promise<Principal>
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** How often each caller is answered. */
  readonly callers: CallerRate
}

/** The header field that names the project meant; a person's login may reach several. */
export const PROJECT_FIELD = 'towline-project'

/** What a call proves and needs. */
export interface Claim {
  /** Where it comes from; empty when unknown. */
  readonly address: string
  /** Values of the Authorization field. */
  readonly authorization: readonly string[]
  readonly query: URLSearchParams
  /** The field that names a project. */
  readonly project: string | undefined
  readonly permission: Permission
  /** The two watch endpoints. */
  readonly queryToken: boolean
}

/** Throws PROOF_DUPLICATE, QUERY_TOKEN_REFUSED, UNAUTHENTICATED, RATE_LIMITED or FORBIDDEN. */
export const authenticate = async (claim: Claim, deps: AuthDeps): Promise<Principal> => {
  const { address, permission } = claim
  const principal = await deps.callers.identified(address, () => prove(claim, deps))
  if (!principal.permissions.includes(permission)) throw new AppError('FORBIDDEN', { permission })
  return principal
}

const prove = async (claim: Claim, deps: AuthDeps): Promise<Principal> => {
  const { authorization } = claim
  const inQuery = claim.query.getAll(TOKEN_PARAMETER)
  if (authorization.length + inQuery.length > 1) throw new AppError('PROOF_DUPLICATE')
  if (inQuery.length > 0 && !claim.queryToken) throw new AppError('QUERY_TOKEN_REFUSED')
  const token = inQuery[0] ?? bearer(authorization[0])
  if (!token) throw new AppError('UNAUTHENTICATED')
  const principal = await deps.verify(token, claim.project)
  if (inQuery.length > 0 && !isHarmless(principal, deps)) throw new AppError('QUERY_TOKEN_REFUSED')
  return principal
}

/** Where a call comes from, when Node's HTTP server brought it. */
export const senderOf = ({ env }: Pick<Context, 'env'>): string => {
  const { incoming } = (env ?? {}) as { readonly incoming?: IncomingMessage }
  return incoming ? clientAddress(incoming) : ''
}

/** Checks a route's calls and leaves the principal in its context. */
export const secured =
  (deps: AuthDeps, permission: Permission, queryToken = false): MiddlewareHandler<ApiEnv> =>
  async (context, next) => {
    const field = context.req.header('authorization')
    const claim = {
      address: senderOf(context),
      // Fields that came twice are joined by a comma, which no credential holds.
      authorization: field === undefined ? [] : field.split(','),
      query: new URL(context.req.url).searchParams,
      project: context.req.header(PROJECT_FIELD),
      permission,
      queryToken,
    }
    context.set('principal', await authenticate(claim, deps))
    await next()
  }

const bearer = (field: string | undefined): string | undefined => /^bearer +(\S+)$/i.exec(field?.trim() ?? '')?.[1]

/** Queries end up in logs and histories, so their tokens may only list, and not for long. */
const isHarmless = ({ permissions, expiresAt }: Principal, { limits, clock }: AuthDeps): boolean =>
  permissions.every((permission) => permission === 'tunnels.list') &&
  expiresAt !== undefined &&
  expiresAt - clock() / 1000 <= limits.watchTokenSeconds
