/** Owns the server that answers one connection or request: the tools of its profile, and how to use them. */
import { McpServer, type McpServerFactory } from '@modelcontextprotocol/server'
import type { McpDeps } from '../deps.ts'
import type { Tool } from '../tool.ts'
import { openLane } from './busy.ts'
import { type Calling, callTool } from './call-tool.ts'
import { INSTRUCTIONS } from './instructions.ts'
import { inputOf, outputOf } from './schemas.ts'

export interface Offer {
  readonly tools: readonly Tool[]
}

/** Tools of other profiles are not there: neither listed nor callable. */
export const createServerFactory = (deps: McpDeps, { tools }: Offer): McpServerFactory => {
  const { mcpCalls, mcpWaitingCalls, mcpInputElements } = deps.limits
  const lane = openLane({ running: mcpCalls, waiting: mcpWaitingCalls })
  const schemas = new Map(tools.map((tool) => [tool, { inputSchema: inputOf(tool), outputSchema: outputOf(tool) }]))
  return ({ era }) => {
    const server = new McpServer(
      { name: 'towline', title: 'Towline', version: deps.version },
      {
        // Nothing here changes while a server runs.
        capabilities: { tools: { listChanged: false } },
        instructions: INSTRUCTIONS,
        maxToolInputElements: mcpInputElements,
        ...(deps.guard.verifyState && { requestState: { verify: deps.guard.verifyState } }),
      },
    )
    const calling: Calling = { deps, server, era, lane }
    for (const tool of tools) register(tool, { ...calling, schemas })
    return server
  }
}

type Schemas = ReadonlyMap<
  Tool,
  { readonly inputSchema: ReturnType<typeof inputOf>; readonly outputSchema: ReturnType<typeof outputOf> }
>

const register = (tool: Tool, { schemas, ...calling }: Calling & { readonly schemas: Schemas }): void => {
  const { name, description, hints } = tool
  const { title, readOnly = false, destructive = false, idempotent = false, openWorld = false } = hints
  const { inputSchema, outputSchema } = schemas.get(tool)!
  const annotations = {
    title,
    readOnlyHint: readOnly,
    destructiveHint: destructive,
    idempotentHint: idempotent,
    openWorldHint: openWorld,
  }
  calling.server.registerTool(
    name,
    { title, description, annotations, inputSchema, outputSchema },
    async (args, context) => await callTool(tool, args, { ...calling, context }),
  )
}
