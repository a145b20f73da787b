/**
 * Owns who comes in: pages only of our own origin, a token that is shown must be good, and without one only what is public.
 * One endpoint for both, so that an agent can look around before anyone logs in.
 */
import { AppError, type Permission, permissionsFor } from '@towline/protocol'
import { senderOf } from '../accounts/address-field.ts'
import { bearerOf } from '../api/bearer.ts'
import type { Caller } from '../api/caller.ts'
import { MCP_PATH, type McpDeps } from './mcp-deps.ts'
import type { Messages } from './messages.ts'

/**
 * Who sends a request of so many calls; undefined showed no token. Throws UNAUTHENTICATED, PROOF_DUPLICATE,
 * QUERY_TOKEN_REFUSED or RATE_LIMITED.
 */
export const callerOf = async (
  request: Request,
  { identify, callers }: Pick<McpDeps, 'identify' | 'callers'>,
  calls = 1,
): Promise<Caller | undefined> => {
  const address = senderOf(request)
  const cost = Math.max(1, calls)
  const shown = request.headers.has('authorization') || new URL(request.url).searchParams.has('towline.token')
  if (shown) return callers.identified(address, async () => identify(bearerOf(request)), cost)
  callers.stranger(address, cost)
  return undefined
}

export interface Asked {
  readonly request: Request
  /** Undefined when the method carries none. */
  readonly messages: Messages | undefined
  readonly isPublic: (tool: string) => boolean
}

/** Throws UNAUTHENTICATED for what nobody may do without a token. */
export const requireToken = (caller: Caller | undefined, { request, messages, isPublic }: Asked): void => {
  if (caller) return
  if (messages ? !messages.calls.every(isPublic) : !hasAgreed(request)) throw new AppError('UNAUTHENTICATED')
}

/**
 * By GET a client asks whether there is something to log in to. One that has agreed on a revision without a token only looks
 * for a stream, which there is none; a challenge would make it think that nothing is open to it.
 */
const hasAgreed = ({ headers }: Request): boolean => (headers.get('mcp-protocol-version') ?? '') >= '2025'

/** Where clients read who issues tokens for this endpoint (RFC 9728); nowhere on a server without logins. */
export const metadataUrl = ({ publicUrl, site }: Pick<McpDeps, 'publicUrl' | 'site'>): string | undefined =>
  site.oauth && `${publicUrl}/.well-known/oauth-protected-resource${MCP_PATH}`

/** What a client asks for that has not called a tool yet: to look around. The person may leave out some. */
const FIRST_SCOPES: readonly Permission[] = [
  'mcp',
  ...permissionsFor('projects').filter((name) => name.endsWith('.read')),
]

const LOG_IN = 'Log in to this server; the tool towline_login_explain says how, and needs no token.'

export interface Refused {
  /** See `metadataUrl`. */
  readonly metadata: string | undefined
  /** Of the message that is refused. */
  readonly id: string | number | null
  /** A credential was shown, so a 401 is about it. */
  readonly shown: boolean
  /** Those that the refused message needs. */
  readonly scopes: readonly string[]
}

/** A refusal as JSON-RPC, with the challenge of RFC 6750 §3 and RFC 9728 §5.1. */
export const refuse = (error: AppError, { metadata, id, shown, scopes }: Refused): Response => {
  const { code, message, next, retryable, details } = error.toJSON()
  const data = { code, next: error.row.http === 401 ? LOG_IN : next, retryable, ...(details && { details }) }
  const body = { jsonrpc: '2.0', id, error: { code: error.row.rpc, message, data } }
  const headers = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' })
  if (error.row.http === 401) {
    const parts = [
      ...(shown ? ['error="invalid_token"'] : []),
      `scope="${(scopes.length > 0 ? scopes : FIRST_SCOPES).join(' ')}"`,
      ...(metadata === undefined ? [] : [`resource_metadata="${metadata}"`]),
    ]
    headers.set('www-authenticate', `Bearer ${parts.join(', ')}`)
  }
  if (error.code === 'RATE_LIMITED') headers.set('retry-after', String(error.details['seconds']))
  return new Response(JSON.stringify(body), { status: error.row.http, headers })
}
