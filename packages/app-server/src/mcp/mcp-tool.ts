/** Owns a tool of an MCP server as a model sees it: under a name that models may use, and how careful to be with it. */
import type { Tool } from '@modelcontextprotocol/client'
import { LIMITS } from '@towline/protocol'
import type { McpServerConfig } from '../config/agent-config.ts'
import type { ToolSpec } from '../agent/tool.ts'

export interface McpTool {
  /** As models call it. */
  readonly name: string
  readonly tool: Tool
}

/** In the order of their names; those that the settings leave out are not among them. */
export const toolsFor = (config: McpServerConfig, tools: readonly Tool[]): readonly McpTool[] => {
  const wanted = tools.filter(
    ({ name }) => (config.enabledTools?.includes(name) ?? true) && !config.disabledTools.includes(name),
  )
  const taken = new Set<string>()
  return wanted
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, LIMITS.mcpTools)
    .flatMap((tool) => {
      const name = tool.name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, LIMITS.mcpToolName)
      // Two tools with one name: which was meant is not known, so the first is it.
      if (name === '' || taken.has(name)) return []
      taken.add(name)
      return [{ name, tool }]
    })
}

export const namespaceOf = (server: string): string => `mcp__${server}`

export interface SpecRequest {
  readonly server: string
  readonly instructions: string | undefined
  readonly tools: readonly McpTool[]
  /** Models that know none get plain functions with the name of both. */
  readonly namespaces: boolean
}

export const specsOf = ({ server, instructions, tools, namespaces }: SpecRequest): readonly ToolSpec[] => {
  if (tools.length === 0) return []
  const namespace = namespaceOf(server)
  if (!namespaces) return tools.map((one) => functionOf(one, `${namespace}__${one.name}`))
  const description =
    (instructions ?? '').trim().slice(0, LIMITS.mcpInstructions) || `Tools of the MCP server ${server}.`
  return [{ type: 'namespace', name: namespace, description, tools: tools.map((one) => functionOf(one, one.name)) }]
}

const functionOf = ({ tool }: McpTool, name: string): ToolSpec => {
  // Which dialect of schemas it is, endpoints do not ask.
  const { $schema: _, ...schema } = tool.inputSchema
  const description = (tool.description ?? '').slice(0, LIMITS.mcpInstructions)
  return { type: 'function', name, description, strict: false, parameters: { properties: {}, ...schema } }
}

/** What reads only is run; what may break things, or reach out into the world, is asked about first. */
export const wantsApproval = ({ annotations = {} }: Tool): boolean => {
  if (annotations.destructiveHint === true) return true
  if (annotations.readOnlyHint === true) return false
  return annotations.destructiveHint !== false || annotations.openWorldHint !== false
}
