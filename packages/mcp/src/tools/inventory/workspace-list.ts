/** Owns the tool that lists workspaces. */
import { listWorkspaces } from '@towline/operations'
import { z } from 'zod'
import { SELECTOR } from '../../server/schemas.ts'
import { defineTool } from '../../tool.ts'
import { LISTED, listed, LISTING } from './listing.ts'

export const workspaceList = defineTool({
  name: 'towline_workspace_list',
  description: 'Lists the workspaces that the person belongs to, with their role. Needs a login of a person.',
  input: z.strictObject({ context: SELECTOR.context, ...LISTING }),
  output: z.strictObject({
    workspaces: z
      .array(
        z.strictObject({
          id: z.string().describe('What "workspace" of other tools takes.'),
          slug: z.string().describe('The same, for people.'),
          name: z.string().describe('For people.'),
          role: z.string().optional().describe('Of the person who is logged in.'),
        }),
      )
      .describe('In the order they were made.'),
    ...LISTED,
  }),
  hints: { title: 'List workspaces', readOnly: true, idempotent: true, openWorld: true },
  risk: 'read',
  profile: 'read-only',
  run: async ({ context, limit }, call) => {
    const all = await listWorkspaces(await call.connection({ context }), { signal: call.signal })
    const { items, counts } = listed(all, limit)
    const workspaces = items.map(({ id, slug, name, role }) => ({ id, slug, name, ...(role && { role }) }))
    return { workspaces, ...counts }
  },
})
