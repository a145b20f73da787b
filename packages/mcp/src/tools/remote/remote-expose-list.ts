/** Owns the tool that lists what a machine exposes. */
import { listExposedOn } from '@towline/operations'
import { hasLabels } from '@towline/protocol'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { MACHINE, machineRequest, machineTarget } from '../machines/machine.ts'
import { exposureView, toldExposure } from './remote-machine.ts'

export const remoteExposeList = defineTool({
  name: 'towline_remote_expose_list',
  description:
    'Lists the services that a machine exposes on request, also after its link broke, and those that ended by themselves in the ' +
    'last ten minutes, with the reason.',
  input: z.strictObject({
    ...MACHINE,
    labels: z.record(z.string(), z.string()).optional().describe('Only those that have all of these labels.'),
  }),
  output: z.strictObject({
    exposures: z.array(exposureView).describe('Oldest first; those that ended stay for a while.'),
  }),
  hints: { title: 'List remote services', readOnly: true, idempotent: true, openWorld: true },
  risk: 'read',
  profile: 'read-only',
  target: machineTarget,
  run: async ({ labels = {}, ...args }, call) => {
    const exposures = await listExposedOn(machineRequest(args, call))
    return { exposures: exposures.filter((one) => hasLabels(one.labels, labels)).map(toldExposure) }
  },
})
