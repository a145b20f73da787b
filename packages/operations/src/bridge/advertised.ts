/** Owns whether a project itself says that an MCP server is somewhere, so that nothing is posted to what is none. */
import type { Connection } from '../context/connection.ts'
import { discoverMcp, type McpEndpoint } from './discover.ts'
import { formatMcpUrl, parseMcpUrl } from './mcp-url.ts'

export interface AdvertisedRequest {
  readonly connection: Connection
  readonly url: string
  readonly path?: string | undefined
  readonly signal: AbortSignal
}

/**
 * Whether a tunnel of the project advertises it, at this very path. Asking a server what it is takes a POST, which does
 * something at many services that speak HTTP. False where the inventory cannot be asked. Throws as {@link parseMcpUrl} does.
 */
export const isAdvertisedMcp = async ({ connection, url, path, signal }: AdvertisedRequest): Promise<boolean> => {
  const target = formatMcpUrl(parseMcpUrl(url, path))
  const endpoints = await discoverMcp(connection, { signal }).catch(() => [])
  signal.throwIfAborted()
  return endpoints.flatMap(addressesOf).includes(target)
}

/** By its name, its id and its public address. */
const addressesOf = ({ name, id, path, publicUrl }: McpEndpoint): readonly string[] => [
  ...[name, id].map((called) => formatMcpUrl({ kind: 'tow', name: called, path })),
  ...(publicUrl !== undefined && URL.canParse(publicUrl) ? [new URL(publicUrl).href] : []),
]
