/** Owns the tool that settles which project is used: it never guesses between several. */
import { findProjects, listProjects, type ShownContext, showContext, useProject, whoAmI } from '@towline/operations'
import { AppError, LIMITS, type ProjectView } from '@towline/protocol'
import { z } from 'zod'
import { defineTool, type ToolCall } from '../../tool.ts'
import { contextView, projectView, toldContext, toldProject } from './views.ts'

export const runtimePrepare = defineTool({
  name: 'towline_runtime_prepare',
  description:
    'Checks login and project, renews an expired login, and settles which project is used. Of several projects with none named ' +
    'it lists them and chooses none: ask the person, never choose by name. The context keeps the project only with setDefault; ' +
    'otherwise pass it as "project" to other tools.',
  input: z.strictObject({
    context: z.string().min(1).max(64).optional().describe('Context to use instead of the current one.'),
    project: z.string().min(1).max(128).optional().describe('Name, endpoint or id of the project.'),
    setDefault: z.boolean().default(false).describe('Keeps the project in the context, for all tools from now on.'),
  }),
  output: z.strictObject({
    ready: z.boolean().describe('Whether other tools can be used now.'),
    needsProject: z.boolean().describe('Whether the person has to say which project is meant.'),
    changed: z.boolean().describe('Whether the context keeps another project than before.'),
    context: contextView.optional().describe('The context in use; absent when the environment says it all.'),
    user: z.string().optional().describe('Email address of who is logged in.'),
    project: projectView.optional().describe('The project in use.'),
    projects: z.array(projectView).optional().describe('Those that could be meant.'),
    projectsLeftOut: z.int().optional().describe('Further ones, left out here.'),
    guidance: z.string().describe('What to do now.'),
  }),
  hints: { title: 'Prepare Towline', destructive: true, idempotent: true, openWorld: true },
  risk: 'own',
  profile: 'operate',
  target: ({ project, context }) => ({ name: project ?? context ?? 'the current context' }),
  run: async ({ context, project: named, setDefault }, call) => {
    const connection = await call.connection({ context })
    // Asking renews a login that is due.
    const who = await whoAmI(connection, call.signal)
    const common = {
      ...(connection.context !== undefined && {
        context: toldContext(await showContext(call.deps.env, connection.context)),
      }),
      ...(who.user && { user: who.user.email }),
    }
    const all = await listProjects(connection, { signal: call.signal })
    const meant = named ?? who.project?.id ?? connection.project
    const found = meant === undefined ? all : findProjects(all, meant)
    const [only] = found
    if (!only || found.length > 1) return { ...common, ...undecided({ all, found, named: meant }) }
    const changed = setDefault && (await keep(only, connection, call))
    return { ...common, ...ready(only, { changed, setDefault }), ...(changed && (await again(connection, call))) }
  },
})

type Connected = Awaited<ReturnType<ToolCall['connection']>>

const ready = (project: ProjectView, { changed, setDefault }: { changed: boolean; setDefault: boolean }) => ({
  ...{ ready: true, needsProject: false, changed, project: toldProject(project) },
  guidance: setDefault ? 'All is set.' : `All is set. Pass project "${project.endpoint}" to tools that take one.`,
})

/** Nothing is chosen and nothing is changed. */
const undecided = ({
  all,
  found,
  named,
}: {
  readonly all: readonly ProjectView[]
  readonly found: readonly ProjectView[]
  readonly named: string | undefined
}) => {
  if (all.length === 0) {
    const guidance = 'There is no project. Tell the person; create one only when asked to.'
    return { ready: false, needsProject: true, changed: false, projects: [], guidance }
  }
  const shown = found.length === 0 ? all : found
  const why =
    named === undefined
      ? 'There are several projects and none was named.'
      : found.length === 0
        ? 'None of the projects is called so.'
        : 'Several projects are called so; name one by its endpoint or id.'
  return {
    ...{ ready: false, needsProject: true, changed: false },
    projects: shown.slice(0, LIMITS.mcpListItems).map(toldProject),
    ...(shown.length > LIMITS.mcpListItems && { projectsLeftOut: shown.length - LIMITS.mcpListItems }),
    guidance: `${why} Show the list to the person and ask; do not choose.`,
  }
}

/** Whether the context keeps another project than before. Rejects with CONTEXT_MISSING where there is no context. */
const keep = async (project: ProjectView, connection: Connected, { deps, signal }: ToolCall): Promise<boolean> => {
  if (connection.context === undefined) throw new AppError('CONTEXT_MISSING', { name: 'to keep it in' })
  const before = (await showContext(deps.env, connection.context)).project
  if (before === project.endpoint) return false
  await useProject(deps.env, connection, { project: project.id, signal })
  return true
}

const again = async ({ context }: Connected, { deps }: ToolCall) => {
  const shown: ShownContext = await showContext(deps.env, context)
  return { context: toldContext(shown) }
}
