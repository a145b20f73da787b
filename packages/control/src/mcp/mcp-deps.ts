/** Owns what the hosted MCP endpoint is called, and what it needs of the rest of the server. */
import type { ApiDeps } from '../api/api-deps.ts'
import type { Site, SiteMcp } from '../discovery/site.ts'

/** Where it is, below the public URL; together they are the audience of its tokens. */
export const MCP_PATH = '/api/mcp'

export interface McpDeps extends ApiDeps {
  /** Who shows a token that was issued for this endpoint; throws UNAUTHENTICATED for every other (RFC 8707). */
  readonly identify: ApiDeps['identify']
  /** What its discovery tools tell. */
  readonly site: Site
  /** Host names besides that of the public URL whose pages may call; loopback names come with a public URL on loopback. */
  readonly origins?: readonly string[]
}

/** The endpoint as the server card tells it; the live server tells the same. */
export const siteMcp = (version: string): SiteMcp => ({
  path: MCP_PATH,
  serverInfo: { name: 'towline', title: 'Towline', version },
  description: 'People, projects, tokens, logs and docs of a Towline server; discovery needs no login.',
  protocolVersions: ['2026-07-28', '2025-11-25', '2025-06-18'],
})
