/** Owns the list of all operations of the control API. Routes, the document, MCP tools and the matrix of tests come from it. */
import type { Operation, Tag } from './operation.ts'
import { whoami } from './operations/identity.ts'
import { projectsDelete, projectsList, projectsRead, projectsRename, projectsResolve } from './operations/projects.ts'
import { workspacesList, workspacesRead } from './operations/workspaces.ts'

/** Headings of documents, in order, and what is under them. */
export const TAGS: readonly (readonly [Tag, string])[] = [
  ['Identity', 'Who calls.'],
  ['Workspaces', 'Workspaces and their people.'],
  ['Projects', 'Making, finding and ending projects.'],
]

export const OPERATIONS: readonly Operation[] = [
  whoami,
  workspacesList,
  workspacesRead,
  projectsList,
  projectsRead,
  projectsResolve,
  projectsRename,
  projectsDelete,
]
