/** Owns the tool that tells one context. */
import { showContext } from '@towline/operations'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { contextView, toldContext } from './views.ts'

export const contextGet = defineTool({
  name: 'towline_context_get',
  description: 'Tells one context of this workstation, the current one when none is named. Holds no credentials.',
  input: z.strictObject({ name: z.string().min(1).max(64).optional().describe('Name of the context.') }),
  output: z.strictObject({ context: contextView.describe('The context.') }),
  hints: { title: 'Show a context', readOnly: true, idempotent: true },
  risk: 'read',
  profile: 'read-only',
  run: async ({ name }, { deps }) => ({ context: toldContext(await showContext(deps.env, name)) }),
})
