/** Owns the tool that lists the people of a workspace. */
import { listMembers } from '@towline/operations'
import { z } from 'zod'
import { SELECTOR } from '../../server/schemas.ts'
import { defineTool } from '../../tool.ts'
import { LISTED, listed, LISTING } from './listing.ts'

export const workspaceMembersList = defineTool({
  name: 'towline_workspace_members_list',
  description: 'Lists the people of a workspace and their roles. Needs the permission members.read.',
  input: z.strictObject({
    context: SELECTOR.context,
    workspace: z.string().min(1).max(64).optional().describe('Id or slug; the only one there is when absent.'),
    ...LISTING,
  }),
  output: z.strictObject({
    members: z
      .array(
        z.strictObject({
          userId: z.string().describe('Of the person.'),
          email: z.string().describe('Email address.'),
          name: z.string().describe('As the person gave it.'),
          role: z.string().describe('What the person may do.'),
        }),
      )
      .describe('In the order they joined.'),
    ...LISTED,
  }),
  hints: { title: 'List members', readOnly: true, idempotent: true, openWorld: true },
  risk: 'read',
  profile: 'read-only',
  run: async ({ context, workspace, limit }, call) => {
    const all = await listMembers(await call.connection({ context }), { workspace, signal: call.signal })
    const { items, counts } = listed(all, limit)
    return { members: items.map(({ userId, email, name, role }) => ({ userId, email, name, role })), ...counts }
  },
})
