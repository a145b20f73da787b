/** Owns taking a token that a machine was given: the server is asked whether it is good, then it is kept as a context. */
import { AppError } from '@towline/protocol'
import { type Context, saveContext } from '../context/contexts.ts'
import type { Env } from '../context/home.ts'
import { proveToken } from './prove-token.ts'

export interface TokenLogin {
  readonly name: string
  readonly url: string
  readonly token: string
  readonly ca?: string | undefined
  /** Slug. */
  readonly project?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Rejects with OPTION_INVALID for what is no token, UNAUTHENTICATED, or why the server is not reached; nothing is kept then. */
export const saveToken = async (env: Env, { name, url, token, ca, project, signal }: TokenLogin): Promise<Context> => {
  const problem = 'standard input holds no token'
  if (!/^[\x21-\x7e]{8,4096}$/.test(token))
    throw new AppError('OPTION_INVALID', { option: '--token-stdin', value: '***', problem })
  const context: Context = {
    ...{ name, url, token },
    ...(project === undefined ? {} : { project }),
    ...(ca === undefined ? {} : { ca }),
  }
  await proveToken(context, signal)
  await saveContext(env, context)
  return context
}
