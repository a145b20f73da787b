/** Owns the machines that Codex knows as environments: added, taken out, listed, in its own file. */
import { AppError } from '@towline/protocol'
import { readAgentFile, replaceAgentFile } from '../agents/agent-file.ts'
import { codexFile } from '../agents/agents.ts'
import { entryFor } from '../agents/entry.ts'
import type { Env } from '../context/home.ts'
import { type BridgeEntry, parseEnvironments, withEnvironment, withoutEnvironment } from './environments-file.ts'

/** An environment as lists show it. */
export interface CodexEnvironment {
  readonly id: string
  /** The machine, of those that we have added. */
  readonly machine: string | undefined
  readonly isDefault: boolean
  readonly file: string
}

export interface AddEnvironment {
  readonly env: Env
  /** Its name, or an address. */
  readonly machine: string
  /** What Codex calls it; the name of the machine otherwise. */
  readonly id?: string | undefined
  /** What Codex uses when nobody chooses. */
  readonly makeDefault: boolean
  /** Program and first arguments that start this command line. */
  readonly program: readonly string[]
  readonly contextName?: string | undefined
  /** The folder there that Codex is told. */
  readonly cwd?: string | undefined
}

/** What Codex takes, but for names that it has taken. */
const ID = /^(?!(?:local|none)$)[A-Za-z0-9_-]{1,64}$/
const WORDS = ['exec-server', 'bridge']

const environmentsFile = (env: Env): string => codexFile(env, 'environments.toml')

/** Throws OPTION_INVALID, CODEX_ENV_TAKEN, AGENT_FILE_…, CONFIG_INVALID. */
export const addCodexEnvironment = async (ask: AddEnvironment): Promise<CodexEnvironment> => {
  const { env, makeDefault } = ask
  const entry = bridgeEntry(ask)
  const file = environmentsFile(env)
  const text = await readAgentFile(file)
  const { all, default: chosen } = await parseEnvironments(text, file)
  const there = all.find((one) => one['id'] === entry.id)
  if (there && machineOf(there) === undefined) throw new AppError('CODEX_ENV_TAKEN', { id: entry.id, file })
  const next = await withEnvironment({ file, text }, entry, makeDefault)
  if (next !== text) await replaceAgentFile(file, text, next)
  return { id: entry.id, machine: machineOf({ ...entry }), isDefault: makeDefault || chosen === entry.id, file }
}

/** Those that we have not added stay. Throws NOT_FOUND, CODEX_ENV_TAKEN, AGENT_FILE_…, CONFIG_INVALID. */
export const removeCodexEnvironment = async (env: Env, id: string): Promise<CodexEnvironment> => {
  const file = environmentsFile(env)
  const found = (await listCodexEnvironments(env)).find((one) => one.id === id || one.machine === id)
  if (!found) throw new AppError('NOT_FOUND', { what: 'environment', id })
  if (found.machine === undefined) throw new AppError('CODEX_ENV_TAKEN', { id, file })
  const text = await readAgentFile(file)
  await replaceAgentFile(file, text, await withoutEnvironment({ file, text }, found.id))
  return { ...found, isDefault: false }
}

export const listCodexEnvironments = async (env: Env): Promise<readonly CodexEnvironment[]> => {
  const file = environmentsFile(env)
  const { all, default: chosen } = await parseEnvironments(await readAgentFile(file), file)
  return all.map((one) => ({
    id: String(one['id']),
    machine: machineOf(one),
    isDefault: one['id'] === chosen,
    file,
  }))
}

const bridgeEntry = ({ machine, id, program, env, contextName, cwd }: AddEnvironment): BridgeEntry => {
  const name = id ?? machine.replace(/^tow:\/\//, '')
  if (!ID.test(name)) {
    const problem = 'Codex takes 1 to 64 letters, digits, "-" and "_", and neither "local" nor "none"'
    throw new AppError('OPTION_INVALID', { option: '--id', value: name, problem })
  }
  const { command, env: declared } = entryFor({ env, program, profile: '', contextName })
  const words = [...WORDS, machine, ...(cwd === undefined ? [] : ['--cwd', cwd])]
  return { id: name, program: command, args: [...program.slice(1), ...words], env: declared }
}

/** Of an environment that is a bridge of ours. */
const machineOf = ({ args }: Readonly<Record<string, unknown>>): string | undefined => {
  if (!Array.isArray(args)) return undefined
  const at = args.findIndex((word, index) => word === WORDS[0] && args[index + 1] === WORDS[1])
  return at < 0 ? undefined : String(args[at + 2])
}
