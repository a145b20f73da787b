/** Owns the environment that agents give to what they start, and that we give to agents: little, and nothing secret. */
import { homedir } from 'node:os'
import type { Env } from '../context/home.ts'

/** What Codex hands down to the servers it starts; Claude Code hands down more. */
const HANDED_DOWN = ['HOME', 'LANG', 'PATH', 'SHELL', 'TERM', 'TMPDIR'] as const

export const scrubbedEnv = (env: Env): Readonly<Record<string, string>> =>
  picked({ HOME: homedir(), ...env }, HANDED_DOWN)

/** Where agents keep their settings. */
const OF_AGENTS = ['CODEX_HOME', 'CLAUDE_CONFIG_DIR'] as const

/** For the command lines of agents: the same, and where their settings are. They are to ask nobody for news. */
export const agentCliEnv = (env: Env): Readonly<Record<string, string>> => ({
  ...scrubbedEnv(env),
  ...picked(env, OF_AGENTS),
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
})

const picked = (env: Env, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]] as const] : [])))
