/** Owns the server that answers one connection or request: the tools of its profile, and how to use them. */
import { McpServer, type McpServerFactory } from '@modelcontextprotocol/server'
import type { McpDeps } from '../deps.ts'
import type { Tool } from '../tool.ts'
import { openLane } from './busy.ts'
import { type Calling, callTool } from './call-tool.ts'
import { INSTRUCTIONS } from './instructions.ts'
import { type Definition, listTools } from './list-tools.ts'
import { inputOf, outputOf } from './schemas.ts'

export interface Offer {
  readonly tools: readonly Tool[]
}

/** Tools of other profiles are not there: neither listed nor callable. */
export const createServerFactory = (deps: McpDeps, { tools }: Offer): McpServerFactory => {
  const { mcpCalls, mcpWaitingCalls, mcpInputElements, mcpToolsPage } = deps.limits
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
    for (const [tool, own] of schemas)
      server.registerTool(tool.name, { ...aboutOf(tool), ...own }, async (args, context) =>
        callTool(tool, args, { ...calling, context }),
      )
    const definitions = (): readonly Definition[] => [...schemas].map(([tool, own]) => definitionOf(tool, own))
    server.server.setRequestHandler('tools/list', ({ params }) =>
      listTools(definitions(), { cursor: params?.cursor, most: mcpToolsPage }),
    )
    return server
  }
}

interface Schemas {
  readonly inputSchema: ReturnType<typeof inputOf>
  readonly outputSchema: ReturnType<typeof outputOf>
}

const aboutOf = ({ description, hints }: Tool) => {
  const { title, readOnly = false, destructive = false, idempotent = false, openWorld = false } = hints
  return {
    ...{ title, description },
    annotations: {
      title,
      readOnlyHint: readOnly,
      destructiveHint: destructive,
      idempotentHint: idempotent,
      openWorldHint: openWorld,
    },
  }
}

const definitionOf = (tool: Tool, { inputSchema, outputSchema }: Schemas): Definition => ({
  name: tool.name,
  ...aboutOf(tool),
  inputSchema: inputSchema['~standard'].jsonSchema.input(DRAFT) as Definition['inputSchema'],
  outputSchema: outputSchema['~standard'].jsonSchema.output(DRAFT) as NonNullable<Definition['outputSchema']>,
})

/** That of the protocol. */
const DRAFT = { target: 'draft-2020-12' } as const
