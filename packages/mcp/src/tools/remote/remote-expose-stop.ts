/** Owns the tool that ends one service that a machine exposes. */
import { listExposedOn, stopExposedOn } from '@towline/operations'
import { AGENT_LABELS } from '@towline/protocol'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { MACHINE, machineRequest, machineTarget } from '../machines/machine.ts'
import { EXPOSURE_ID, exposureView, toldExposure } from './remote-machine.ts'

export const remoteExposeStop = defineTool({
  name: 'towline_remote_expose_stop',
  description:
    'Ends exactly this one service that a machine exposes; its address is gone at once. Again is harmless. One that a person ' +
    'exposed is asked about first.',
  input: z.strictObject({ ...MACHINE, id: EXPOSURE_ID }),
  output: exposureView,
  hints: { title: 'Stop remote service', destructive: true, idempotent: true, openWorld: true },
  risk: async ({ id, ...args }, call) => {
    const found = (await listExposedOn(machineRequest(args, call))).find((exposure) => exposure.id === id)
    return !found || found.labels[AGENT_LABELS.source] === 'mcp' ? 'own' : 'delete'
  },
  profile: 'operate',
  target: machineTarget,
  run: async ({ id, ...args }, call) => toldExposure(await stopExposedOn({ ...machineRequest(args, call), id })),
})
