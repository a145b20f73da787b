/** Owns the MCP server card (SEP-2127): one body at the place of the draft, at the one that came before, and as mcp.json. */
import { isIP } from 'node:net'
import { jsonDocument, type SiteDocument } from '../document.ts'
import type { Site, SiteMcp } from '../site.ts'

export const CARD_TYPE = 'application/mcp-server-card+json'
const SCHEMA = 'https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json'

/** The same document at every place; none without an MCP endpoint. */
export const serverCardDocuments = (site: Site): ReadonlyMap<string, SiteDocument> => {
  const { mcp } = site
  if (!mcp) return new Map()
  const card = jsonDocument(serverCard(site, mcp), CARD_TYPE)
  const places = [`${mcp.path}/server-card`, '/.well-known/mcp/server-card.json', '/.well-known/mcp.json']
  return new Map(places.map((path) => [path, card]))
}

/** Below `remotes` stand fields of the older proposal (SEP-1649), which scanners still read; the schema is open. */
const serverCard = (site: Site, mcp: SiteMcp): object => {
  const origin = site.publicUrl()
  return {
    $schema: SCHEMA,
    name: `${namespaceOf(origin)}/${mcp.serverInfo.name}`,
    version: mcp.serverInfo.version,
    title: mcp.serverInfo.title,
    description: mcp.description,
    websiteUrl: origin,
    remotes: [
      {
        type: 'streamable-http',
        url: `${origin}${mcp.path}`,
        supportedProtocolVersions: mcp.protocolVersions,
        headers: [AUTHORIZATION],
      },
    ],
    serverInfo: mcp.serverInfo,
    protocolVersion: mcp.protocolVersions[0],
    transport: { type: 'streamable-http', endpoint: mcp.path },
    authentication: { required: false, schemes: ['oauth2', 'bearer'] },
  }
}

/** Discovery tools answer without it. */
const AUTHORIZATION = {
  name: 'Authorization',
  description: 'Access token; without one only discovery tools answer',
  isRequired: false,
  isSecret: true,
  value: 'Bearer {token}',
  variables: { token: { description: 'Access token', isRequired: true, isSecret: true } },
}

/** The host name backwards; an address is no name that can be turned around. */
const namespaceOf = (origin: string): string => {
  const { hostname } = new URL(origin)
  if (hostname.startsWith('[')) return 'local'
  return isIP(hostname) ? hostname : hostname.split('.').toReversed().join('.')
}
