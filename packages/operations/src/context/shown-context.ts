/** Owns what may be shown of contexts, and choosing the current one. */
import { AppError } from '@towline/protocol'
import { type Context, type Contexts, readContexts, updateContexts } from './contexts.ts'
import type { Env } from './home.ts'

/** A context without its secrets. */
export interface ShownContext {
  readonly name: string
  readonly url: string
  /** Absent where the server knows which. */
  readonly project?: string
  readonly current: boolean
  /** Whether the context pins a CA of its own. */
  readonly pinned: boolean
  /** Whose the credential is: a person's login, or a token of a project. */
  readonly kind: 'login' | 'token'
  /** Of a login. */
  readonly permissions?: readonly string[]
}

export const listContexts = async (env: Env): Promise<readonly ShownContext[]> => {
  const all = await readContexts(env)
  return all.contexts.map((context) => show(context, all))
}

/** The context named, or the current one. Throws CONTEXT_MISSING. */
export const showContext = async (env: Env, name?: string): Promise<ShownContext> => {
  const all = await readContexts(env)
  return show(findContext(all, name ?? all.current), all)
}

/** Makes a context the current one. Throws CONTEXT_MISSING. */
export const useContext = async (env: Env, name: string): Promise<ShownContext> => {
  await updateContexts(env, (all) => ({ ...all, current: findContext(all, name).name }))
  return await showContext(env, name)
}

/** Throws CONTEXT_MISSING. */
export const findContext = ({ contexts }: Contexts, name: string | undefined): Context => {
  const context = contexts.find((each) => each.name === name)
  if (context) return context
  throw new AppError('CONTEXT_MISSING', { name: name === undefined ? 'yet' : `"${name}"` })
}

const show = ({ name, url, project, ca, login }: Context, { current }: Contexts): ShownContext => ({
  name,
  url,
  ...(project === undefined ? {} : { project }),
  current: name === current,
  pinned: ca !== undefined,
  kind: login === undefined ? 'token' : 'login',
  ...(login === undefined ? {} : { permissions: login.permissions }),
})
