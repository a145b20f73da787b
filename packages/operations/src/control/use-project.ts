/** Owns choosing the project of a context. */
import { AppError, type ProjectView } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { changeContext } from '../context/contexts.ts'
import type { Env } from '../context/home.ts'
import { type Signal, withControl } from './control-client.ts'

/** By id or endpoint; the context of the connection keeps it. Rejects with NOT_FOUND, or CONTEXT_MISSING without a context. */
export const useProject = async (
  env: Env,
  connection: Connection,
  { project, ...options }: { readonly project: string } & Signal,
): Promise<ProjectView> => {
  const found = await withControl(connection, options, (ask) =>
    ask<ProjectView>({ method: 'GET', path: `/api/projects/${encodeURIComponent(project)}` }),
  )
  const { context } = connection
  if (context === undefined) throw new AppError('CONTEXT_MISSING', { name: 'to keep it in' })
  await changeContext(env, context, (now) => ({ ...now, project: found.endpoint }))
  return found
}
