/** Owns running the command line of an agent: with a clean environment and a deadline. */
import { execFile } from 'node:child_process'
import { LIMITS } from '@towline/protocol'
import type { Env } from '../context/home.ts'
import { agentCliEnv } from './agent-env.ts'

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
