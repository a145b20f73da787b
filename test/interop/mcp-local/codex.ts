/** Owns stock Codex with our tools: in a home of its own, set up by our command. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentHome } from '../mcp/agent-home.ts'
import { agent } from '../mcp/judges.ts'
import { succeed } from '../processes.ts'
import { type Towline, towline } from '../towline.ts'

export const codex = (): readonly string[] => [process.execPath, agent('codex')]

/** Puts Codex into PATH, as somebody has it who installed it. */
export const withCodex = (home: AgentHome): Readonly<Record<string, string>> => {
  const bin = join(home.path, 'bin')
  mkdirSync(bin, { recursive: true })
  const words = codex().map((word) => `'${word}'`)
  writeFileSync(join(bin, 'codex'), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`)
  chmodSync(join(bin, 'codex'), 0o755)
  return { ...home.env, PATH: `${bin}:${home.env['PATH']}` }
}

/** `towline codex setup`, for somebody whose state is that of the server. */
export const setupCodex = async (home: AgentHome, { env }: Pick<Towline, 'env'>, ...words: readonly string[]) => {
  const all = Object.entries({ ...withCodex(home), TOWLINE_HOME: env['TOWLINE_HOME'] as string })
  const clean = all.map(([name, value]) => `${name}=${value}`)
  return JSON.parse(await succeed(['env', '-i', ...clean, ...towline('codex', 'setup', ...words, '-o', 'json')]))
}
