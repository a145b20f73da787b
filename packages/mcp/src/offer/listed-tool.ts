/** Owns what clients are told of a tool before they call it. */
import { inputJson, type JsonSchema, outputJson } from '../server/schemas.ts'
import type { Profile, Tool } from '../tool.ts'

export interface ListedTool {
  readonly name: string
  readonly profile: Profile
  readonly title: string
  readonly description: string
  /** Hints as MCP names them. */
  readonly annotations: Readonly<Record<string, string | boolean>>
  readonly inputSchema: JsonSchema
  readonly outputSchema: JsonSchema
}

export const listedOf = (tool: Tool): ListedTool => {
  const { name, profile, description, hints } = tool
  const { title, readOnly = false, destructive = false, idempotent = false, openWorld = false } = hints
  const annotations = {
    title,
    readOnlyHint: readOnly,
    destructiveHint: destructive,
    idempotentHint: idempotent,
    openWorldHint: openWorld,
  }
  return {
    name,
    profile,
    title,
    description,
    annotations,
    inputSchema: inputJson(tool),
    outputSchema: outputJson(tool),
  }
}
