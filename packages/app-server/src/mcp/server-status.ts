/** Owns what clients are shown of an MCP server: how it stands, and what it offers. */
import { LIMITS } from '@towline/protocol'
import type { LiveServer, McpServer } from './mcp-server.ts'

/** Waits for it to start. `full`: with its resources. */
export const serverStatus = async (server: McpServer, full: boolean): Promise<object> => {
  const { config } = server
  const live = await server.live().catch(() => undefined)
  const info = live?.client.getServerVersion()
  return {
    name: config.name,
    runtimeStatus: server.status,
    pluginId: null,
    httpOrigin: config.transport === 'http' ? new URL(config.url).origin : null,
    serverInfo: info
      ? {
          ...{ name: info.name, title: info.title ?? null, version: info.version, description: null },
          ...{ icons: null, websiteUrl: info.websiteUrl ?? null },
        }
      : null,
    serverCapabilities: live?.client.getServerCapabilities() ?? null,
    toolListMeta: null,
    tools: Object.fromEntries((live?.tools ?? []).map(({ tool }) => [tool.name, tool])),
    toolsError: live ? null : (server.error ?? 'it is disabled'),
    ...(live && full ? await resourcesOf(live) : { resources: [], resourceTemplates: [] }),
    authStatus: config.transport === 'http' && config.bearerTokenEnvVar !== undefined ? 'bearerToken' : 'unsupported',
  }
}

/** None where it cannot say. */
const resourcesOf = async ({ client }: LiveServer) => {
  if (!client.getServerCapabilities()?.resources) return { resources: [], resourceTemplates: [] }
  const options = { timeout: LIMITS.mcpListMs }
  const [{ resources }, { resourceTemplates }] = await Promise.all([
    client.listResources(undefined, options).catch(() => ({ resources: [] })),
    client.listResourceTemplates(undefined, options).catch(() => ({ resourceTemplates: [] })),
  ])
  return {
    resources: resources.slice(0, LIMITS.mcpTools),
    resourceTemplates: resourceTemplates.slice(0, LIMITS.mcpTools),
  }
}
