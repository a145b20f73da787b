/** Owns the work of `towline project create`. */
import { createProject } from '@towline/operations'
import type { CreatedProject } from '@towline/protocol'
import type { Io } from '../io.ts'
import { type Column, printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import type { ProjectListOptions } from './project-list.ts'

export interface ProjectCreateOptions extends ProjectListOptions {
  readonly endpoint?: string
  readonly plan: string
}

const COLUMNS: readonly Column<CreatedProject>[] = [
  { title: 'ACTION', of: ({ action }) => action },
  { title: 'ENDPOINT', of: ({ project }) => project?.endpoint },
  { title: 'HOST', of: ({ project }) => project?.host },
  { title: 'ID', of: ({ project, checkout }) => project?.id ?? checkout?.id },
  { title: 'PAY AT', of: ({ checkout }) => checkout?.url },
]

export const run = async (io: Io, name: string, options: ProjectCreateOptions): Promise<void> => {
  const { workspace, endpoint, plan, output } = options
  const asked = { workspace, endpoint, plan, signal: io.signal }
  const made = await createProject(await connectionOf(io, options), name, asked)
  printOne({ io, format: output, columns: COLUMNS }, made)
}
