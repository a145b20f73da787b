/** Owns registering our tools with an agent on this machine, and taking them out again. */
import { findProgram } from '@towline/base'
import type { Env } from '../context/home.ts'
import { runAgentCli } from './agent-cli.ts'
import { readAgentFile, replaceAgentFile } from './agent-file.ts'
import { type Agent, type AgentName, AGENTS } from './agents.ts'
import {
  type Entry,
  entryFor,
  type EntryRequest,
  isDeclared,
  isOurs,
  isSame,
  keeping,
  readEntry,
  SERVER_NAME,
} from './entry.ts'
import { type AgentText, serversIn, withEntry, withoutEntry } from './entry-format.ts'
import { type Verified, verifyEntry } from './verify-entry.ts'

export interface SetupRequest extends EntryRequest {
  /** Starts what is registered, as the agent would, and calls a tool. */
  readonly verify?: boolean | undefined
  /** Also in place of somebody else's server of our name. */
  readonly force?: boolean | undefined
  /** Takes ours out instead. */
  readonly remove?: boolean | undefined
  readonly signal: AbortSignal
}

export interface AgentSetup {
  readonly agent: AgentName
  /** `conflict`: another server has our name, and stays. `absent`: there was nothing to remove. */
  readonly status: 'installed' | 'repaired' | 'unchanged' | 'conflict' | 'removed' | 'absent'
  /** Whether the agent's own command line changed the file or we did; absent when nothing changed. */
  readonly how?: 'cli' | 'file'
  readonly file: string
  /** What is registered; of a conflict, what holds the name, as far as it is a command. */
  readonly command?: readonly string[]
  readonly verified?: Verified
}

/**
 * Does nothing twice. Rejects with CONFIG_INVALID when the agent's file cannot be read, AGENT_FILE_UNEDITABLE when an entry
 * is written in a way that cannot be changed alone, AGENT_FILE_CHANGED, and AGENT_START_FAILED when `verify` meets no server.
 */
export const setupAgent = async (name: AgentName, request: SetupRequest): Promise<AgentSetup> => {
  const setup = await change(await examine(name, request), request)
  if (!request.verify || !setup.entry || setup.status === 'conflict') return told(setup)
  return { ...told(setup), verified: await verifyEntry(setup.entry, request) }
}

/** What an agent has under our name; no entry where nothing has it, or nothing that starts a program. */
export const registeredWith = async (
  name: AgentName,
  env: Env,
): Promise<{ readonly entry: Entry | undefined; readonly foreign: boolean }> => {
  const { now, foreign } = await examine(name, { env })
  return { entry: now, foreign }
}

interface Examined {
  readonly name: AgentName
  readonly agent: Agent
  readonly file: string
  readonly text: string
  readonly servers: readonly string[]
  /** Something has our name, which need not start a program. */
  readonly taken: boolean
  readonly now: Entry | undefined
  readonly foreign: boolean
}

type Changed = Pick<AgentSetup, 'agent' | 'status' | 'how' | 'file'> & { readonly entry?: Entry }

const told = ({ entry, ...setup }: Changed): AgentSetup => ({
  ...setup,
  ...(entry && { command: [entry.command, ...entry.args] }),
})

const examine = async (name: AgentName, { env }: Pick<SetupRequest, 'env'>): Promise<Examined> => {
  const agent: Agent = AGENTS[name]
  const file = agent.file(env)
  const text = await readAgentFile(file)
  const servers = await serversIn(agent.format, { agent: name, file, text })
  const now = readEntry(servers[SERVER_NAME])
  const taken = Object.hasOwn(servers, SERVER_NAME)
  const foreign = taken && !(now && isOurs(now))
  return { name, agent, file, text, servers: Object.keys(servers), taken, now, foreign }
}

const change = async (examined: Examined, request: SetupRequest): Promise<Changed> => {
  const { name, file, taken, now, foreign } = examined
  const about = { agent: name, file }
  if (foreign && !request.force) return { ...about, status: 'conflict', ...(now && { entry: now }) }
  if (request.remove)
    return { ...about, ...(taken ? { status: 'removed', how: await take(examined, request) } : { status: 'absent' }) }
  const wanted = entryFor(request)
  const own = foreign ? undefined : now
  if (own && isSame(own, wanted)) return { ...about, status: 'unchanged', entry: own }
  const entry = keeping(wanted, own)
  return { ...about, status: own ? 'repaired' : 'installed', how: await put(examined, entry, request), entry }
}

/** By the agent's own command line where there is one that loses nothing; what it leaves undone is done in the file. */
const put = async (examined: Examined, entry: Entry, request: SetupRequest): Promise<'cli' | 'file'> => {
  const { agent, taken, foreign } = examined
  // What a person added to the environment may be secret, and arguments are shown to everybody.
  const harmless = Object.keys(entry.env).every(isDeclared)
  const after = harmless ? await byCli(examined, agent.add(entry, taken), request) : examined
  if (after !== examined && after.now && isSame(after.now, entry)) return 'cli'
  const anew = after.taken && foreign
  return await edit(after, (about) => withEntry(agent.format, about, { name: SERVER_NAME, entry, anew }))
}

const take = async (examined: Examined, request: SetupRequest): Promise<'cli' | 'file'> => {
  const { agent } = examined
  const after = await byCli(examined, agent.remove(), request)
  if (!after.taken) return 'cli'
  return await edit(after, (about) => withoutEntry(agent.format, about, SERVER_NAME))
}

/** Answers what stands afterwards; the same where its command line is not to be asked. */
const byCli = async (
  examined: Examined,
  commands: readonly (readonly string[])[],
  request: SetupRequest,
): Promise<Examined> => {
  const { name, agent, servers } = examined
  const cli = agent.cliLoses(servers) ? undefined : findProgram(request.env, agent.cli)
  if (cli === undefined) return examined
  await runAgentCli(cli, commands, request)
  return await examine(name, request)
}

const edit = async ({ name, file, text }: Examined, make: (about: AgentText) => Promise<string>): Promise<'file'> => {
  await replaceAgentFile(file, text, await make({ agent: name, file, text }))
  return 'file'
}
