/** Owns /.well-known/api-catalog: a linkset (RFC 9264 §4.2) of every API (RFC 9727), by relations of RFC 8631. */
import { jsonDocument, type SiteDocument } from '../document.ts'
import type { Site, SiteApi } from '../site.ts'

const TYPE = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'

/** HEAD is answered with the Link field too (RFC 9727 §3.1). */
export const apiCatalogDocument = (site: Site): SiteDocument =>
  jsonDocument(apiCatalog(site), TYPE, { link: '</.well-known/api-catalog>; rel="api-catalog"' })

/** Targets are always lists, even of one. */
const apiCatalog = (site: Site): object => ({
  linkset: [...site.apis.map((api) => apiContext(site, api)), ...mcpContext(site)],
})

const apiContext = (site: Site, { path, title }: SiteApi): object => {
  const origin = site.publicUrl()
  return {
    anchor: `${origin}${path}`,
    'service-desc': [{ href: `${origin}${path}/openapi.json`, type: 'application/json', title }],
    'service-doc': [
      { href: `${origin}/docs${path}`, type: 'text/html', title },
      { href: `${origin}/docs${path}.md`, type: 'text/markdown', title },
    ],
    ...meta(site, path),
    status: [{ href: `${origin}/api/status`, type: 'application/json' }],
  }
}

const meta = ({ oauth, publicUrl }: Site, path: string): object => {
  if (!oauth?.resources.some((resource) => resource.path === path)) return {}
  const href = `${publicUrl()}/.well-known/oauth-protected-resource${path}`
  return { 'service-meta': [{ href, type: 'application/json' }] }
}

const mcpContext = ({ mcp, publicUrl }: Site): readonly object[] => {
  if (!mcp) return []
  const origin = publicUrl()
  const card = { href: `${origin}${mcp.path}/server-card`, type: 'application/mcp-server-card+json' }
  const doc = { href: `${origin}/auth.md`, type: 'text/markdown' }
  const status = { href: `${origin}/api/status`, type: 'application/json' }
  return [{ anchor: `${origin}${mcp.path}`, 'service-meta': [card], 'service-doc': [doc], status: [status] }]
}
