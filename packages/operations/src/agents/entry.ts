/** Owns what is registered with an agent: the command by which it starts our tools, and how ours is told from another's. */
import { basename, resolve } from 'node:path'
import type { Env } from '../context/home.ts'

/** The name that agents know the tools by. */
export const SERVER_NAME = 'towline'

/** A server that an agent starts: one command, and what it needs in its environment. */
export interface Entry {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface EntryRequest {
  readonly env: Env
  /** Program and first arguments that start this command line, with absolute paths. */
  readonly program: readonly string[]
  readonly profile: string
  readonly contextName?: string | undefined
}

/**
 * What agents hand down is little (Codex: HOME, LANG, PATH, SHELL, TERM, TMPDIR), so what decides where the state is and how
 * the server is reached is declared. Credentials never are: they stay in the contexts file.
 */
const DECLARED: Readonly<Record<string, (value: string) => string | undefined>> = {
  TOWLINE_HOME: (value) => resolve(value),
  XDG_DATA_HOME: (value) => (value.startsWith('/') ? value : undefined),
  TOWLINE_CONTEXT: (value) => value,
  HTTPS_PROXY: (value) => withoutLogin(value),
  https_proxy: (value) => withoutLogin(value),
  NO_PROXY: (value) => value,
  no_proxy: (value) => value,
}

/** A proxy that wants a login is left out: agents' files and their arguments are no place for a password. */
const withoutLogin = (value: string): string | undefined => (value.includes('@') ? undefined : value)

export const isDeclared = (name: string): boolean => Object.hasOwn(DECLARED, name)

export const entryFor = ({ env, program, profile, contextName }: EntryRequest): Entry => {
  const [command = '', ...first] = program
  const given: Env = { ...env, ...(contextName !== undefined && { TOWLINE_CONTEXT: contextName }) }
  const declared = Object.entries(DECLARED).flatMap(([name, shape]) => {
    const value = given[name] ? shape(given[name]) : undefined
    return value === undefined ? [] : [[name, value] as const]
  })
  return { command, args: [...first, 'mcp', 'serve', '--profile', profile], env: Object.fromEntries(declared) }
}

/** What a file holds under our name, as far as it starts a program; undefined when it does not. */
export const readEntry = (value: unknown): Entry | undefined => {
  const { command, args = [], env = {} } = isObject(value) ? value : {}
  if (typeof command !== 'string' || !Array.isArray(args) || !isObject(env)) return undefined
  const texts = Object.entries(env).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
  return { command, args: args.map(String), env: Object.fromEntries(texts) }
}

/** Starts this product's MCP server, from wherever it was installed. */
export const isOurs = ({ command, args }: Entry): boolean =>
  args.some((word, at) => word === 'mcp' && args[at + 1] === 'serve') &&
  [command, ...args].some((word) => basename(word).startsWith('towline'))

/** Whether an agent that has `now` would start the same; what a person added to the environment is theirs. */
export const isSame = (now: Entry, wanted: Entry): boolean =>
  [now.command, ...now.args].join('\0') === [wanted.command, ...wanted.args].join('\0') &&
  Object.keys(DECLARED).every((name) => now.env[name] === wanted.env[name])

/** The wanted entry with what a person added to the environment. */
export const keeping = (wanted: Entry, now: Entry | undefined): Entry => {
  const added = Object.entries(now?.env ?? {}).filter(([name]) => !isDeclared(name))
  return { ...wanted, env: { ...Object.fromEntries(added), ...wanted.env } }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
