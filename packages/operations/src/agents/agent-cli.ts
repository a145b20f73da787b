/** Owns running the command line of an agent: found in PATH, with a clean environment and a deadline. */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import type { Env } from '../context/home.ts'
import { agentCliEnv } from './agent-env.ts'

/** Where it is, or undefined when PATH has none that may be run; relative folders of PATH do not count. */
export const findAgentCli = (env: Env, name: string): string | undefined =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .find(isRunnable)

/** Runs each in turn while they end well. Rejects with the signal's reason. */
export const runAgentCli = async (
  program: string,
  commands: readonly (readonly string[])[],
  { env, signal }: { readonly env: Env; readonly signal: AbortSignal },
): Promise<void> => {
  for (const words of commands) {
    const well = await ended(program, words, { env, signal })
    signal.throwIfAborted()
    if (!well) return
  }
}

const ended = (
  program: string,
  words: readonly string[],
  { env, signal }: { readonly env: Env; readonly signal: AbortSignal },
): Promise<boolean> =>
  new Promise((done) => {
    const { agentCliMs, agentFileBytes } = LIMITS
    const options = { env: agentCliEnv(env), timeout: agentCliMs, maxBuffer: agentFileBytes, signal }
    const child = execFile(program, words, options, (error) => done(error === null))
    child.stdin?.end()
  })

const isRunnable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
