/** Owns who may call the engine API: one proof of identity, and where a token in the query is good enough. */
import type { IncomingMessage } from 'node:http'
import { type CallerRate, clientAddress } from '@towline/base'
import {
  AGENT_FIELD,
  type AgentClaim,
  AppError,
  type Limits,
  type Permission,
  type Principal,
  readAgentField,
  shown,
  TOKEN_PARAMETER,
} from '@towline/protocol'
import type { Context, MiddlewareHandler } from 'hono'
import { report, type ReportDeps } from '../access/report.ts'

/** What routes find in their context. */
export interface ApiEnv {
  // biome-ignore lint/style/useNamingConvention: hono's names
  readonly Variables: { principal: Principal; claim: AgentClaim | undefined }
}

export interface AuthDeps extends ReportDeps {
  /** `project` is the slug of the one that is meant. */
  readonly verify: (token: string, project?: string) => Promise<Principal>
  readonly limits: Limits
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
  const principal = await identify(claim, deps)
  requirePermission(principal, claim.permission)
  return principal
}

const requirePermission = ({ permissions }: Principal, permission: Permission): void => {
  if (!permissions.includes(permission)) throw new AppError('FORBIDDEN', { permission })
}

const identify = (claim: Claim, deps: AuthDeps): Promise<Principal> =>
  deps.callers.identified(claim.address, () => prove(claim, deps))

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

/** What a route asks of its callers. */
export interface Secured {
  readonly permission: Permission
  readonly queryToken?: boolean | undefined
  /** Of a route that changes something: its action in the audit trail, where refusals are kept too. */
  readonly action?: string | undefined
}

/** Where a call comes from, when Node's HTTP server brought it. */
export const senderOf = ({ env }: Pick<Context, 'env'>): string => {
  const { incoming } = (env ?? {}) as { readonly incoming?: IncomingMessage }
  return incoming ? clientAddress(incoming) : ''
}

/** Checks a route's calls and leaves the principal in its context. */
export const secured =
  (deps: AuthDeps, { permission, queryToken = false, action }: Secured): MiddlewareHandler<ApiEnv> =>
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
    const principal = await identify(claim, deps)
    const agentClaim = readAgentField(context.req.header(AGENT_FIELD))
    context.set('principal', principal)
    context.set('claim', agentClaim)
    const refused = (error: unknown): void => {
      if (action === undefined || !(error instanceof AppError)) return
      const id = context.req.param('id')
      report(deps, principal, { action, ...(id !== undefined && { target: shown(id) }), error, claim: agentClaim })
    }
    try {
      requirePermission(principal, permission)
    } catch (error) {
      refused(error)
      throw error
    }
    await next()
    refused(context.error)
  }

const bearer = (field: string | undefined): string | undefined => /^bearer +(\S+)$/i.exec(field?.trim() ?? '')?.[1]

/** Queries end up in logs and histories, so their tokens may only list, and not for long. */
const isHarmless = ({ permissions, expiresAt }: Principal, { limits, clock }: AuthDeps): boolean =>
  permissions.every((permission) => permission === 'tunnels.list') &&
  expiresAt !== undefined &&
  expiresAt - clock() / 1000 <= limits.watchTokenSeconds
