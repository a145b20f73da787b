/** Owns the agents whose settings we know: where they are, how they are written, and the agent's own words that change them. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Env } from '../context/home.ts'
import { type Entry, SERVER_NAME } from './entry.ts'
import type { EntryFormat } from './entry-format.ts'
import { jsonEntry } from './json-entry.ts'
import { tomlEntry } from './toml-entry.ts'

export interface Agent {
  readonly title: string
  /** The name of its command line. */
  readonly cli: string
  /** Where it keeps its servers. */
  file(env: Env): string
  readonly format: EntryFormat
  /** Whether its command line would lose what others wrote into the file, as it holds these servers. */
  cliLoses(servers: readonly string[]): boolean
  /** What to say to its command line; `instead` of an entry that is there. */
  add(entry: Entry, instead: boolean): readonly (readonly string[])[]
  remove(): readonly (readonly string[])[]
}

const home = (env: Env): string => env['HOME'] || homedir()

/** A file of Codex's own settings. */
export const codexFile = (env: Env, name: string): string => join(env['CODEX_HOME'] || join(home(env), '.codex'), name)

const pairs = ({ env }: Entry): readonly string[] =>
  Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])

const REMOVE = ['mcp', 'remove']

export const AGENTS = {
  codex: {
    title: 'Codex',
    cli: 'codex',
    file: (env) => codexFile(env, 'config.toml'),
    format: tomlEntry,
    // Codex 0.169 writes the tables of all servers anew: their comments are gone, and settings of ours such as tool_timeout_sec.
    cliLoses: (servers) => servers.length > 0,
    add: (entry) => [['mcp', 'add', SERVER_NAME, ...pairs(entry), '--', entry.command, ...entry.args]],
    remove: () => [[...REMOVE, SERVER_NAME]],
  },
  claude: {
    title: 'Claude Code',
    cli: 'claude',
    file: (env) => join(env['CLAUDE_CONFIG_DIR'] || home(env), '.claude.json'),
    format: jsonEntry,
    cliLoses: () => false,
    add: (entry, instead) => [
      ...(instead ? [[...REMOVE, '--scope', 'user', SERVER_NAME]] : []),
      ['mcp', 'add', '--scope', 'user', SERVER_NAME, ...pairs(entry), '--', entry.command, ...entry.args],
    ],
    remove: () => [[...REMOVE, '--scope', 'user', SERVER_NAME]],
  },
} as const satisfies Readonly<Record<string, Agent>>

export type AgentName = keyof typeof AGENTS
export const AGENT_NAMES = Object.keys(AGENTS) as readonly AgentName[]
