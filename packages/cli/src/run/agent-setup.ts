/** Owns the work of `towline codex setup`, `towline claude setup` and `towline agent setup`. */
import {
  type AgentName,
  type AgentSetup,
  type EntryRequest,
  presentAgents,
  printAgentSetup,
  printSetup,
  setupAgent,
  validateContextName,
} from '@towline/operations'
import { AppError } from '@towline/protocol'
import type { AgentSetupOptions } from '../agent-options.ts'
import { type Io, line, note } from '../io.ts'
import { type Column, printList, printOne } from '../output/printers.ts'
import { programWords } from './program-words.ts'

const COLUMNS: readonly Column<AgentSetup>[] = [
  { title: 'AGENT', of: ({ agent }) => agent },
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'HOW', of: ({ how }) => how },
  { title: 'TOOLS', of: ({ verified }) => verified && String(verified.tools) },
  { title: 'READY', of: ({ verified }) => verified && (verified.ready ? 'yes' : 'no') },
  { title: 'FILE', of: ({ file }) => file },
]

/** Throws AGENT_CONFLICT after it printed what stands, when another server has our name. */
export const runOne = async (io: Io, name: AgentName, options: AgentSetupOptions): Promise<void> => {
  const request = await requestOf(io, options)
  if (options.print) return line(io, printAgentSetup(name, request))
  const setup = await setupAgent(name, { ...options, ...request, signal: io.signal })
  printOne({ io, format: options.output, columns: COLUMNS }, setup)
  tell(io, [setup])
}

/** All agents that are on this machine. */
export const runAll = async (io: Io, options: AgentSetupOptions): Promise<void> => {
  const request = await requestOf(io, options)
  if (options.print) return line(io, printSetup(request))
  const setups: AgentSetup[] = []
  for (const name of presentAgents(io.env))
    setups.push(await setupAgent(name, { ...options, ...request, signal: io.signal }))
  if (setups.length === 0) note(io, 'no agent that we know is on this machine; --print shows what any other needs')
  printList({ io, format: options.output, columns: COLUMNS }, setups)
  tell(io, setups)
}

/** A profile that is none would be found out by the agent only. Throws OPTION_INVALID. */
const requestOf = async (io: Io, { profile, context }: AgentSetupOptions): Promise<EntryRequest> => {
  const { offerOf } = await import('@towline/mcp')
  await offerOf(profile)
  const contextName = context === undefined ? undefined : validateContextName(context, '--context')
  return { env: io.env, program: programWords(), profile, contextName }
}

const tell = (io: Io, setups: readonly AgentSetup[]): void => {
  for (const { verified } of setups) if (verified && !verified.ready) note(io, `not ready yet: ${verified.guidance}`)
  const conflict = setups.find(({ status }) => status === 'conflict')
  if (conflict) throw new AppError('AGENT_CONFLICT', { file: conflict.file })
}
