/** Owns how contexts and projects look in the answers of tools. */
import type { ShownContext } from '@towline/operations'
import type { ProjectView } from '@towline/protocol'
import { z } from 'zod'

export const contextView = z.strictObject({
  name: z.string().describe('What the argument "context" of tools takes.'),
  url: z.string().describe('Address of the server.'),
  project: z.string().optional().describe('Endpoint of the project it uses.'),
  current: z.boolean().describe('Whether it is used when none is named.'),
  kind: z.enum(['login', 'token']).describe("A person's login, or a token of a project."),
  permissions: z.array(z.string()).optional().describe('What the person allowed.'),
})

export const toldContext = ({ name, url, project, current, kind, permissions }: ShownContext) => ({
  ...{ name, url, current, kind },
  ...(project !== undefined && { project }),
  ...(permissions && { permissions: [...permissions] }),
})

export const projectView = z.strictObject({
  id: z.string().describe('Stays the same when it is renamed.'),
  name: z.string().describe('For people.'),
  endpoint: z.string().describe('What the argument "project" of tools takes; part of the addresses of its tunnels.'),
  host: z.string().describe('Addresses of its tunnels end in this.'),
  plan: z.string().describe('Its plan.'),
  workspaceId: z.string().describe('The workspace it belongs to.'),
  createdAt: z.int().describe('Seconds since the epoch.'),
})

export const toldProject = ({ id, name, endpoint, host, plan, workspaceId, createdAt }: ProjectView) => ({
  ...{ id, name, endpoint, host, plan, workspaceId, createdAt },
})
