/** Owns the links that pages carry in their head and header fields (RFC 8288): every document an agent looks for. */
import { markdownPath } from '../pages/page.ts'
import type { Site } from '../site.ts'

export interface SiteLink {
  readonly href: string
  readonly rel: string
  readonly type?: string
}

/** Links of the page at `path`. Relations without a registration are the names that are in use. */
export const siteLinks = (site: Site, path: string): readonly SiteLink[] => [
  { href: '/.well-known/api-catalog', rel: 'api-catalog', type: 'application/linkset+json' },
  ...site.apis.map(({ path: api }) => ({ href: `${api}/openapi.json`, rel: 'service-desc', type: 'application/json' })),
  { href: '/docs', rel: 'service-doc', type: 'text/html' },
  { href: '/api/status', rel: 'status', type: 'application/json' },
  { href: '/.well-known/ai-catalog.json', rel: 'ai-catalog', type: 'application/ai-catalog+json' },
  { href: '/.well-known/agent-skills/index.json', rel: 'agent-skills', type: 'application/json' },
  ...(site.mcp
    ? [{ href: '/.well-known/mcp/server-card.json', rel: 'mcp-server-card', type: 'application/mcp-server-card+json' }]
    : []),
  ...(site.oauth
    ? [{ href: '/.well-known/oauth-protected-resource', rel: 'oauth-protected-resource', type: 'application/json' }]
    : []),
  { href: markdownPath(path), rel: 'alternate', type: 'text/markdown' },
  { href: '/llms.txt', rel: 'describedby', type: 'text/plain' },
]

/** The value of a Link field. */
export const linkField = (links: readonly SiteLink[]): string =>
  links
    .map(({ href, rel, type }) => `<${href}>; rel="${rel}"${type === undefined ? '' : `; type="${type}"`}`)
    .join(', ')
