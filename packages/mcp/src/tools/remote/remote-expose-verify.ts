/** Owns the tool that compares what an exposed service answers on its machine and through its tunnel. */
import { verifyExposedOn } from '@towline/operations'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { MACHINE, machineRequest, machineTarget } from '../machines/machine.ts'
import { answerView, EXPOSURE_ID, exposureView, toldAnswer, toldExposure } from './remote-machine.ts'

export const remoteExposeVerify = defineTool({
  name: 'towline_remote_expose_verify',
  description:
    'Asks an exposed service on its machine and through its tunnel, and compares status, content type, length and SHA-256; of TCP ' +
    'what it says first. A protected one is asked with a token for it alone, good for a minute.',
  input: z.strictObject({
    ...MACHINE,
    id: EXPOSURE_ID,
    path: z.string().min(1).max(2048).optional().describe('With its query; / or that of the MCP server when absent.'),
  }),
  output: z.strictObject({
    same: z.boolean().describe('The service answers the same there and through the tunnel.'),
    difference: z.string().optional().describe('The first that matters.'),
    local: answerView,
    through: answerView,
    exposure: exposureView.describe('What was compared.'),
  }),
  hints: { title: 'Verify remote service', readOnly: true, idempotent: true, openWorld: true },
  risk: 'read',
  profile: 'read-only',
  target: machineTarget,
  run: async ({ id, path, ...args }, call) => {
    const { exposure, local, through, ...verified } = await verifyExposedOn({ ...machineRequest(args, call), id, path })
    return { ...verified, local: toldAnswer(local), through: toldAnswer(through), exposure: toldExposure(exposure) }
  },
})
