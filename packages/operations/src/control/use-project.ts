/** Owns choosing the project of a context. */
import { AppError, type ProjectView } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { readContexts, saveContext } from '../context/contexts.ts'
import type { Env } from '../context/home.ts'
import { type Signal, withControl } from './control-client.ts'

/** By id or endpoint; the context of the connection becomes current. Rejects with NOT_FOUND, or CONTEXT_MISSING without a context. */
export const useProject = async (
  env: Env,
  connection: Connection,
  { project, ...options }: { readonly project: string } & Signal,
): Promise<ProjectView> => {
  const found = await withControl(connection, options, (ask) =>
    ask<ProjectView>({ method: 'GET', path: `/api/projects/${encodeURIComponent(project)}` }),
  )
  const { contexts } = await readContexts(env)
  const context = contexts.find(({ name }) => name === connection.context)
  if (!context) throw new AppError('CONTEXT_MISSING', { name: 'to keep it in' })
  await saveContext(env, { ...context, project: found.endpoint })
  return found
}
