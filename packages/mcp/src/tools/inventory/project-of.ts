/** Owns which project a tool works on when it needs to name one to the server. */
import { type Connection, findProjects, listProjects, whoAmI } from '@towline/operations'
import { AppError } from '@towline/protocol'
import type { Selector, ToolCall } from '../../tool.ts'

export interface ChosenProject {
  readonly connection: Connection
  /** Id or endpoint. */
  readonly project: string
}

/** The one that is named, that of the context, or the only one there is. Rejects with PROJECT_NEEDED. */
export const projectOf = async (call: ToolCall, selector: Selector): Promise<ChosenProject> => {
  const connection = await call.connection(selector)
  const { signal } = call
  const named = selector.project ?? connection.project
  if (named !== undefined) return { connection, project: named }
  const { project } = await whoAmI(connection, signal)
  if (project) return { connection, project: project.id }
  const all = await listProjects(connection, { signal })
  const [only] = all
  if (only && all.length === 1) return { connection, project: only.id }
  throw new AppError('PROJECT_NEEDED', { count: all.length })
}

/** Of the projects of a login, the one that is meant by exactly this. Rejects with NOT_FOUND; a name is not enough where several have it. */
export const exactProject = async (
  call: ToolCall,
  { context, project }: { context?: string | undefined; project: string },
) => {
  const connection = await call.connection({ context })
  const found = findProjects(await listProjects(connection, { signal: call.signal }), project)
  const [only] = found
  if (only && found.length === 1) return { connection, project: only }
  throw found.length > 1
    ? new AppError('PROJECT_NEEDED', { count: found.length })
    : new AppError('NOT_FOUND', { what: 'project', id: project })
}
