/** Owns forgetting a context: its login is ended at the server as far as that can be reached, and it is gone from the file. */
import { withFileLock } from '@towline/base'
import { AppError } from '@towline/protocol'
import { type Context, readContexts, updateContexts } from '../context/contexts.ts'
import { contextsFile, type Env } from '../context/home.ts'
import { findContext } from '../context/shown-context.ts'
import { endLogin } from './end-login.ts'
import { isLogin } from './login-token.ts'

/** What became of a context. */
export interface Forgotten {
  readonly context: string
  readonly url: string
  /** Whether the server has ended the credential. A token of a project goes on: it is not ours to end. */
  readonly revoked: boolean
  /** Why the server was not told; the login ends there by itself in time, or on the account page. */
  readonly problem?: AppError
}

export interface ForgetOptions {
  /** The current one when absent. */
  readonly name?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Throws CONTEXT_MISSING. A server that cannot be reached keeps nothing from being forgotten here. */
export const forgetContext = async (env: Env, { name, signal }: ForgetOptions = {}): Promise<Forgotten> => {
  const all = await readContexts(env)
  const chosen = findContext(all, name ?? (env['TOWLINE_CONTEXT'] || undefined) ?? all.current).name
  return await withFileLock(`${contextsFile(env)}.${chosen}.login`, async () => {
    // Read anew: the token may have been renewed until the lock was ours.
    const context = findContext(await readContexts(env), chosen)
    const problem = await end(env, context, signal)
    await updateContexts(env, ({ current, contexts }) => ({
      ...(current === undefined || current === chosen ? {} : { current }),
      contexts: contexts.filter((one) => one.name !== chosen),
    }))
    const revoked = isLogin(context) && problem === undefined
    return { context: chosen, url: context.url, revoked, ...(problem && { problem }) }
  })
}

const end = async (env: Env, context: Context, signal: AbortSignal | undefined): Promise<AppError | undefined> => {
  if (!isLogin(context)) return undefined
  try {
    await endLogin(env, context, signal)
    return undefined
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}
