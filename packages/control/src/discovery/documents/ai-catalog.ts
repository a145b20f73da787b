/** Owns /.well-known/ai-catalog.json: which AI artifacts are here, and where (ai-catalog 1.0). */
import { jsonDocument, type SiteDocument } from '../document.ts'
import type { Site } from '../site.ts'
import { CARD_TYPE } from './server-card.ts'

const TYPE = 'application/ai-catalog+json'

export const aiCatalogDocument = (site: Site): SiteDocument => jsonDocument(aiCatalog(site), TYPE)

/** The catalog's specification says `mediaType`, the draft for MCP says `type`: readers of either find theirs. */
const aiCatalog = ({ mcp, publicUrl }: Site): object => {
  const { host } = new URL(publicUrl())
  const card = mcp && {
    identifier: `urn:air:${host}:mcp:${mcp.serverInfo.name}`,
    displayName: mcp.serverInfo.title,
    description: mcp.description,
    mediaType: CARD_TYPE,
    type: CARD_TYPE,
    url: `${publicUrl()}${mcp.path}/server-card`,
  }
  return { specVersion: '1.0', host: { displayName: `Towline at ${host}` }, entries: card ? [card] : [] }
}
