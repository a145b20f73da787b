/** Owns the labels by which a tunnel tells inventories that an MCP server is behind it. Hints: nothing secret, nothing trusted. */
import type { Labels } from './tunnel.ts'

/** Keys of the labels of a tunnel that serves MCP. */
export const MCP_LABELS = {
  protocol: 'towline.mcp/protocol',
  transport: 'towline.mcp/transport',
  path: 'towline.mcp/path',
} as const

/** Of a server at `path`, such as `/mcp`, that speaks Streamable HTTP (MCP 2025-03-26 and later). */
export const mcpLabels = (path: string): Labels => ({
  [MCP_LABELS.protocol]: 'mcp',
  [MCP_LABELS.transport]: 'streamable-http',
  [MCP_LABELS.path]: path,
})

/** The path that labels tell, or undefined when they tell of no MCP server that we could speak to. */
export const readMcpPath = (labels: Labels): string | undefined => {
  const { [MCP_LABELS.protocol]: protocol, [MCP_LABELS.transport]: transport, [MCP_LABELS.path]: path } = labels
  return protocol === 'mcp' && transport === 'streamable-http' && path?.startsWith('/') ? path : undefined
}
