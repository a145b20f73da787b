/** Owns which workspace or project is meant when none is named. */
import { AppError, type WorkspaceView } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { readContexts } from '../context/contexts.ts'
import type { Env } from '../context/home.ts'
import { allOf, type Ask } from './control-client.ts'

/** The one that is named by id or slug, or the only one there is. Throws OPTION_INVALID or NOT_FOUND. */
export const chooseWorkspace = async (ask: Ask, named: string | undefined): Promise<WorkspaceView> => {
  const all = await allOf<WorkspaceView>(ask, 'workspaces', { path: '/api/workspaces' })
  const found = named === undefined ? all : all.filter(({ id, slug }) => id === named || slug === named)
  const [only, ...more] = found
  if (only && more.length === 0) return only
  if (!only) throw new AppError('NOT_FOUND', { what: 'workspace', id: named ?? '' })
  const problem = `name one of ${all.map(({ slug }) => slug).join(', ')}`
  throw new AppError('OPTION_INVALID', { option: '--workspace', value: '', problem })
}

/** The one that is named, or that of the context. Throws OPTION_INVALID. */
export const chooseProject = async (env: Env, { context }: Connection, named: string | undefined): Promise<string> => {
  if (named !== undefined) return named
  const { contexts } = await readContexts(env)
  const found = contexts.find(({ name }) => name === context)
  if (found?.project !== undefined) return found.project
  throw new AppError('OPTION_INVALID', {
    option: '--project',
    value: '',
    problem: 'no context says which project is meant',
  })
}
