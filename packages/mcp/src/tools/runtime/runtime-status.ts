/** Owns the tool that says whether everything is ready, and what to do when it is not. */
import { listProjects, whoAmI } from '@towline/operations'
import { AppError } from '@towline/protocol'
import { z } from 'zod'
import { refusalOf } from '../../server/next-tool.ts'
import { SELECTOR } from '../../server/schemas.ts'
import { defineTool } from '../../tool.ts'

export const runtimeStatus = defineTool({
  name: 'towline_runtime_status',
  description:
    'Says whether Towline is ready here: which server, login and project are used, and what is missing. Call it first when ' +
    'the state is unknown, and follow suggestedNextTool.',
  input: z.strictObject({ ...SELECTOR }),
  output: z.strictObject({
    ready: z.boolean().describe('Whether other tools can be used now.'),
    needsLogin: z.boolean().describe('Whether a person has to log in first.'),
    needsProject: z.boolean().describe('Whether a project has to be chosen first.'),
    server: z.string().optional().describe('Address of the server.'),
    context: z.string().optional().describe('Name of the context in use.'),
    project: z.string().optional().describe('Endpoint of the project in use.'),
    user: z.string().optional().describe('Email address of who is logged in.'),
    permissions: z.array(z.string()).optional().describe('What may be done with this login.'),
    problem: z.string().optional().describe('What is wrong, with its error code.'),
    suggestedNextTool: z.string().optional().describe('The tool to call next.'),
    guidance: z.string().describe('What to do now.'),
  }),
  hints: { title: 'Check Towline', readOnly: true, idempotent: true },
  risk: 'read',
  profile: 'read-only',
  run: async (selector, call) => {
    try {
      const connection = await call.connection(selector)
      const who = await whoAmI(connection, call.signal)
      const known = {
        server: who.server,
        ...(who.context !== undefined && { context: who.context }),
        ...(who.user && { user: who.user.email }),
        permissions: [...who.permissions],
      }
      const project = who.project?.endpoint ?? connection.project
      if (project !== undefined) {
        return { ready: true, needsLogin: false, needsProject: false, ...known, project, guidance: 'All is set.' }
      }
      const projects = await listProjects(connection, { signal: call.signal })
      return {
        ready: projects.length === 1,
        needsLogin: false,
        needsProject: projects.length !== 1,
        ...known,
        ...(projects[0] && projects.length === 1 && { project: projects[0].endpoint }),
        ...(projects.length !== 1 && { suggestedNextTool: 'towline_runtime_prepare' }),
        guidance:
          projects.length === 0
            ? 'There is no project. Tell the person; create one only when asked to.'
            : `Projects: ${projects.map(({ endpoint }) => endpoint).join(', ')}. Ask which one unless one was named.`,
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const { suggestedNextTool } = refusalOf(error).error
      return {
        ready: false,
        needsLogin: suggestedNextTool === 'towline_auth_start',
        needsProject: false,
        problem: `${error.message} (${error.code})`,
        ...(suggestedNextTool !== undefined && { suggestedNextTool }),
        guidance: error.next,
      }
    }
  },
})
