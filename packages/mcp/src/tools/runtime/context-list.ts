/** Owns the tool that lists the servers and projects this workstation knows. */
import { listContexts } from '@towline/operations'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { contextView, toldContext } from './views.ts'

export const contextList = defineTool({
  name: 'towline_context_list',
  description: 'Lists the contexts of this workstation: servers with a project and a login. Holds no credentials.',
  input: z.strictObject({}),
  output: z.strictObject({ contexts: z.array(contextView).describe('In the order they were made.') }),
  hints: { title: 'List contexts', readOnly: true, idempotent: true },
  risk: 'read',
  profile: 'read-only',
  run: async (_, { deps }) => ({ contexts: (await listContexts(deps.env)).map(toldContext) }),
})
