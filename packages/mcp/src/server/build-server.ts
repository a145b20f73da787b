/** Owns the server that answers one connection or request: the tools it offers, and how to use them. */
import { McpServer, type McpServerFactory, type ServerContext } from '@modelcontextprotocol/server'
import type { ListedTool } from '../offer/listed-tool.ts'
import type { Offer } from '../offer/offer.ts'
import { openLane } from './busy.ts'
import type { Calling } from './call-tool.ts'
import type { Host } from './host.ts'
import { INSTRUCTIONS } from './instructions.ts'
import { type Definition, listTools } from './list-tools.ts'
import { offeredInput, offeredOutput } from './schemas.ts'

/** Tools that are not offered are not there: neither listed nor callable. */
export const createServerFactory = (host: Host, offer: Offer): McpServerFactory => {
  const { mcpCalls, mcpWaitingCalls, mcpInputElements, mcpToolsPage } = host.limits
  const lane = openLane({ running: mcpCalls, waiting: mcpWaitingCalls })
  const tools = offer.tools.map(told)
  return ({ era }) => {
    const server = new McpServer(
      { name: 'towline', title: 'Towline', version: host.version },
      {
        // Nothing here changes while a server runs.
        capabilities: { tools: { listChanged: false } },
        instructions: INSTRUCTIONS,
        maxToolInputElements: mcpInputElements,
        requestState: { verify: (state, context) => verifyState(host, state, context) },
      },
    )
    for (const tool of offer.tools) register(tool, { host, offer, server, era, lane })
    // They are rendered already; the SDK would convert and examine each of them for each client.
    server.server.setRequestHandler('tools/list', ({ params }) =>
      listTools(tools, { cursor: params?.cursor, most: mcpToolsPage }),
    )
    return server
  }
}

/** As MCP has it. */
const told = ({ name, title, description, annotations, inputSchema, outputSchema }: ListedTool): Definition =>
  ({ name, title, description, inputSchema, outputSchema, annotations }) as unknown as Definition

/** What the guard did not make means nothing to it. */
const verifyState = async (host: Host, state: string, context: ServerContext): Promise<unknown> => {
  const { guard } = await host.deps()
  return guard.verifyState ? await guard.verifyState(state, context) : state
}

type Offering = Omit<Calling, 'deps'> & { readonly host: Host; readonly offer: Offer }

const register = (tool: ListedTool, { host, offer, ...calling }: Offering): void => {
  const { name, title, description, annotations } = tool
  const load = (): ReturnType<Offer['load']> => offer.load(name)
  calling.server.registerTool(
    name,
    { title, description, annotations, inputSchema: offeredInput(tool, load), outputSchema: offeredOutput(tool) },
    async (args, context) => {
      const [{ callTool }, own, deps] = await Promise.all([import('./call-tool.ts'), load(), host.deps()])
      return await callTool(own, args, { ...calling, deps, context })
    },
  )
}
