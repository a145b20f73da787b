/** Owns the table of rows of an agent check: what each looks at, and what to do when it does not pass. */
import type { Finding, Group } from './report.ts'
import { authMd, authorizationServer, challenge, protectedResource } from './rows/auth.ts'
import { apiCatalog, openApi, status } from './rows/catalog.ts'
import { aiBots, contentSignals, robots, sitemap } from './rows/crawlers.ts'
import { caching, cors, https, notFound, securityHeaders, webBotAuth } from './rows/hygiene.ts'
import { a2a, aiCatalog, mcpCard, mcpLive } from './rows/mcp.ts'
import { links, llms, markdown, markdownPath, negotiation } from './rows/pages.ts'
import { agentSkills } from './rows/skills.ts'
import type { SiteReader } from './site-reader.ts'

export interface Check {
  readonly id: string
  readonly group: Group
  readonly run: (site: SiteReader) => Promise<Finding>
  readonly next: string
}

type Row = readonly [Group, string, Check['run'], next: string]

/** In the order they are asked and told. */
// biome-ignore format: a line is a row
const ROWS: readonly Row[] = [
  ['discovery', 'robots', robots, 'Serve /robots.txt as text/plain with a User-agent line (RFC 9309).'],
  ['discovery', 'sitemap', sitemap, 'Serve a site map of pages that answer, and name it by a Sitemap line in /robots.txt.'],
  ['discovery', 'links', links, 'Send a Link field on / with api-catalog, service-desc, service-doc, status and alternate (RFC 8288), to what is there.'],
  ['policy', 'ai-bots', aiBots, 'Name AI agents such as GPTBot and ClaudeBot in /robots.txt, and say what they may read.'],
  ['policy', 'content-signals', contentSignals, 'Add "Content-Signal: search=yes, ai-input=yes, ai-train=no", or what you allow, to /robots.txt.'],
  ['content', 'markdown', markdown, 'Answer "Accept: text/markdown" with text/markdown.'],
  ['content', 'negotiation', negotiation, 'Give HTML to browsers and */*, heed weights, send Vary: Accept on both forms and give each its own ETag.'],
  ['content', 'markdown-path', markdownPath, 'Serve the Markdown of a page under its path with ".md", and name it by a Link with rel="alternate".'],
  ['content', 'llms', llms, 'Serve /llms.txt: a title, a summary after ">", and links that answer (llmstxt.org).'],
  ['documents', 'api-catalog', apiCatalog, 'Serve /.well-known/api-catalog as application/linkset+json, for GET and HEAD (RFC 9727).'],
  ['documents', 'openapi', openApi, 'Name an OpenAPI 3 document for each API by service-desc.'],
  ['documents', 'status', status, 'Name a status endpoint that answers JSON by the relation status (RFC 8631).'],
  ['documents', 'agent-skills', agentSkills, 'Serve /.well-known/agent-skills/index.json with a sha256 of the exact bytes of each skill.'],
  ['documents', 'mcp-card', mcpCard, 'Serve one MCP server card at /.well-known/mcp/server-card.json and at <endpoint>/server-card.'],
  ['documents', 'mcp-live', mcpLive, 'Let name and version of the card be those the MCP server says of itself.'],
  ['documents', 'ai-catalog', aiCatalog, 'Serve /.well-known/ai-catalog.json with an entry for each MCP server.'],
  ['documents', 'a2a', a2a, 'Correct the agent card, or take it away when there is no A2A agent.'],
  ['auth', 'protected-resource', protectedResource, 'Serve /.well-known/oauth-protected-resource for the origin and below it for each API (RFC 9728); resource is the exact address.'],
  ['auth', 'authorization-server', authorizationServer, 'Serve the metadata of the issuer (RFC 8414) with PKCE, device grant, registration and revocation.'],
  ['auth', 'auth-md', authMd, 'Serve /auth.md: how an agent gets a credential, in words.'],
  ['auth', 'challenge', challenge, 'Answer the MCP endpoint without a token by 401 with WWW-Authenticate: Bearer resource_metadata="…".'],
  ['hygiene', 'https', https, 'Serve the site over https, and redirect http there.'],
  ['hygiene', 'security-headers', securityHeaders, 'Send X-Content-Type-Options, Content-Security-Policy and Referrer-Policy with pages.'],
  ['hygiene', 'cors', cors, 'Send Access-Control-Allow-Origin: * with public documents.'],
  ['hygiene', 'caching', caching, 'Send ETag and Cache-Control, and answer If-None-Match with 304.'],
  ['hygiene', 'not-found', notFound, 'Answer what does not exist with 404.'],
  ['hygiene', 'web-bot-auth', webBotAuth, 'Correct the key directory, or take it away when there is no bot.'],
]

export const CHECKS: readonly Check[] = ROWS.map(([group, id, run, next]) => ({ group, id, run, next }))
