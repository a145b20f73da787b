/** Owns choosing the project that a login is used for. */
import { AppError, validateSlug } from '@towline/protocol'
import { resolveConnection } from '../context/connection.ts'
import { readContexts, updateContexts } from '../context/contexts.ts'
import type { Env } from '../context/home.ts'
import { findContext, type ShownContext, showContext } from '../context/shown-context.ts'
import { isLogin } from '../login/login-token.ts'
import { proveToken } from './prove-token.ts'

export interface UseProjectOptions {
  /** Of the current context when absent. */
  readonly context?: string | undefined
  readonly caFile?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** The server is asked first. Rejects with CONTEXT_MISSING, NAME_INVALID, NOT_FOUND or OPTION_INVALID; nothing changes then. */
export const useProject = async (env: Env, slug: string, options: UseProjectOptions = {}): Promise<ShownContext> => {
  const project = validateSlug(slug)
  const all = await readContexts(env)
  const context = findContext(all, options.context ?? (env['TOWLINE_CONTEXT'] || undefined) ?? all.current)
  if (!isLogin(context) && context.project !== project) {
    const problem = `the token of the context "${context.name}" belongs to one project`
    throw new AppError('OPTION_INVALID', { option: 'slug', value: project, problem })
  }
  const flags = { context: context.name, caFile: options.caFile, project }
  await proveToken(await resolveConnection(onlyFile(env), flags), options.signal)
  await updateContexts(env, (now) => ({
    ...now,
    contexts: now.contexts.map((one) => (one.name === context.name ? { ...one, project } : one)),
  }))
  return await showContext(env, context.name)
}

/** What is stored is changed, so what the environment says for single commands does not count. */
const onlyFile = ({ TOWLINE_URL: _url, TOWLINE_TOKEN: _token, TOWLINE_TOKEN_FILE: _file, ...env }: Env): Env => env
