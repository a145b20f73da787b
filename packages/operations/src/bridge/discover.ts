/** Owns finding the MCP servers of a project, by the labels of their tunnels. */
import { formatTow, type Labels, printable, readMcpPath, type Tunnel } from '@towline/protocol'
import type { ListOptions } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'
import { listTunnels } from '../inventory/list-tunnels.ts'
import { isMcpPath } from './mcp-url.ts'

/** One advertised server. All of it is the word of whoever serves it: hints, nothing proven. */
export interface McpEndpoint {
  /** Of the tunnel. */
  readonly id: string
  readonly name: string
  readonly path: string
  /** What `towline mcp tools` and agents take: `tow://name/path` of a private tunnel, its address when it is published. */
  readonly url: string
  readonly published: boolean
  readonly publicUrl?: string
  /** Visitors need a token of the project; ours is sent by itself. */
  readonly tokenAuth: boolean
  readonly labels: Labels
  readonly status: Tunnel['status']
}

/** Oldest first; `filter` as of tunnels. Rejects with FILTER_INVALID, or with why the server does not answer. */
export const discoverMcp = async (
  connection: Connection,
  options: ListOptions = {},
): Promise<readonly McpEndpoint[]> => {
  const tunnels = await listTunnels(connection, options)
  return tunnels.map(endpointOf).filter((endpoint) => endpoint !== undefined)
}

/** A credential may see only some fields of tunnels; a path that could lead elsewhere is no path. */
const endpointOf = (tunnel: Partial<Tunnel>): McpEndpoint | undefined => {
  const { id = '', name, kind, labels, url, tokenAuth = false, status = 'online' } = tunnel
  const path = readMcpPath(labels ?? {})
  if (name === undefined || path === undefined || !isMcpPath(path)) return undefined
  if (kind !== 'private' && kind !== 'http') return undefined
  const publicUrl = kind === 'http' && url !== undefined ? `${url.replace(/\/$/, '')}${path}` : undefined
  if (kind === 'http' && publicUrl === undefined) return undefined
  return {
    ...{ id, name, path, published: publicUrl !== undefined },
    url: publicUrl ?? `${formatTow(name)}${path}`,
    ...(publicUrl !== undefined && { publicUrl }),
    ...{ tokenAuth, labels: harmless(labels ?? {}), status },
  }
}

/** Whole, as filters go by it, but unable to move a cursor or end a line. */
const harmless = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [printable(key), printable(value)]))
