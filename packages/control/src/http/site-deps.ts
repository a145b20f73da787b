/** Owns what the pages and APIs of the server's own site share. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log, RateLimit } from '@towline/base'
import type { Limits } from '@towline/protocol'
import type { Hono } from 'hono'
import type { Kysely } from 'kysely'
import type { Auth, SignInProvider } from '../accounts/auth.ts'
import type { ControlApi } from '../api/control-api.ts'
import type { Site as DescribedSite } from '../discovery/site.ts'
import type { McpAtSite } from '../mcp/open-mcp.ts'
import type { OauthDeps } from '../oauth/oauth-deps.ts'
import type { Oauth } from '../oauth/provider.ts'
import type { Tables } from '../store/schema.ts'

export interface SiteDeps {
  readonly db: Kysely<Tables>
  readonly log: Log
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly publicUrl: string
  /** Loads the session library when first asked for. */
  readonly auth: () => Promise<Auth>
  readonly oauth: Oauth
  readonly oauthDeps: OauthDeps
  readonly providers: readonly SignInProvider[]
  readonly rate: RateLimit
  readonly version: string
  /** Loads the control API when first asked for; undefined where there is none. */
  readonly api: (() => Promise<ControlApi>) | undefined
  /** Loads the hosted MCP endpoint when first asked for; undefined where there is none. */
  readonly mcp: (() => Promise<McpAtSite>) | undefined
  /** The whole of it; undefined where nothing is described. */
  readonly described: DescribedSite | undefined
}

/** What routes find in their context. */
export interface SiteEnv {
  // biome-ignore lint/style/useNamingConvention: hono's names
  readonly Bindings: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }
}

export type Site = Hono<SiteEnv>
