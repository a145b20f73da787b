/** Owns what a person puts by hand into the settings of an agent that we do not know, or that cannot be edited. */
import { type AgentName, AGENTS } from './agents.ts'
import { entryFor, type EntryRequest, SERVER_NAME } from './entry.ts'

/** For any MCP client: the member of its JSON settings that most of them have. */
export const printSetup = (request: EntryRequest): string => {
  const { command, args, env } = entryFor(request)
  return JSON.stringify({ mcpServers: { [SERVER_NAME]: { command, args, env } } }, null, 2)
}

/** As the agent's own file holds it. */
export const printAgentSetup = (name: AgentName, request: EntryRequest): string =>
  AGENTS[name].format.insert('', SERVER_NAME, entryFor(request)).trimEnd()
