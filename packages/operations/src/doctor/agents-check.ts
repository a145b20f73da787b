/** Owns whether agents of this machine have our tools, and could start them. */
import { access } from 'node:fs/promises'
import { AppError } from '@towline/protocol'
import { AGENT_NAMES, type AgentName, AGENTS } from '../agents/agents.ts'
import { registeredWith } from '../agents/setup-agent.ts'
import type { Env } from '../context/home.ts'
import type { Check } from './examined.ts'
import { pass, skip, warn } from './report.ts'

/** A machine without agents needs nothing. What is registered and gone would fail in the agent, without a word of ours. */
export const checkAgents: Check = async ({ env }) => {
  const found = await Promise.all(AGENT_NAMES.map((name) => look(name, env)))
  const told = found.filter(({ state }) => state !== 'absent')
  if (told.length === 0)
    return skip('no agent has the tools; "towline codex setup" or "towline claude setup" adds them')
  const words = told.map(({ words }) => words).join('; ')
  const stale = told.filter(({ state }) => state === 'stale').map(({ name }) => `"towline ${name} setup"`)
  return stale.length === 0 ? pass(words) : warn(words, `Run ${stale.join(' and ')}.`)
}

interface Look {
  readonly name: AgentName
  readonly state: 'absent' | 'ready' | 'stale'
  readonly words: string
}

const look = async (name: AgentName, env: Env): Promise<Look> => {
  const { title } = AGENTS[name]
  try {
    const { entry, foreign } = await registeredWith(name, env)
    if (foreign) return { name, state: 'stale', words: `${title} has another server called towline` }
    if (!entry) return { name, state: 'absent', words: '' }
    const missing = await firstMissing([entry.command, ...entry.args].filter((word) => word.startsWith('/')))
    if (missing === undefined) return { name, state: 'ready', words: `${title} has the tools` }
    return { name, state: 'stale', words: `${title} would start ${missing}, which is gone` }
  } catch (error) {
    if (error instanceof AppError) return { name, state: 'stale', words: error.message }
    throw error
  }
}

const firstMissing = async (files: readonly string[]): Promise<string | undefined> => {
  for (const file of files) if (!(await exists(file))) return file
  return undefined
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
