/** Owns the tool that lists what waits for a person of this machine. */
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { localSupervisor } from './local-supervisor.ts'
import { approvalView, toldApproval } from './views.ts'

export const approvalList = defineTool({
  name: 'towline_approval_list',
  description:
    'Lists the calls that wait for "towline approve" at a terminal of this machine, and those that were allowed and not ' +
    'made yet: repeat such a call with the very same arguments and its approvalId. Only a person can decide.',
  input: z.strictObject({}),
  output: z.strictObject({ approvals: z.array(approvalView).describe('Oldest first.') }),
  hints: { title: 'List approvals', readOnly: true, idempotent: true },
  risk: 'read',
  profile: 'read-only',
  run: async (_, { deps, signal }) => ({
    approvals: (await localSupervisor(deps).listApprovals({ signal })).map(toldApproval),
  }),
})
