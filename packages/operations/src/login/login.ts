/** Owns logging a person in by the device flow, in one go: a page and a code are told, and the context comes when it is approved. */
import type { Context } from '../context/contexts.ts'
import { type LoginPrompt, type LoginStart, startLogin } from './start-login.ts'

export interface LoginRequest extends LoginStart {
  readonly signal: AbortSignal
  readonly onPrompt: (prompt: LoginPrompt) => void
}

/**
 * Resolves when the person has approved and the context is stored. Rejects with LOGIN_REFUSED, LOGIN_EXPIRED, NOT_TOWLINE,
 * SERVER_UNREACHABLE, SERVER_UNTRUSTED or the signal's reason; nothing is stored then.
 */
export const login = async ({ onPrompt, ...start }: LoginRequest): Promise<Context> => {
  const pending = await startLogin(start)
  onPrompt(pending.prompt)
  // Without a time to give up by, it ends only with the context or an error.
  return (await pending.wait(start.signal)) as Context
}
