/** Owns the tool that ends one service that a machine exposes. */
import { listExposedOn, stopExposedOn } from '@towline/operations'
import { AGENT_LABELS } from '@towline/protocol'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { EXPOSURE_ID, exposureView, REMOTE_MACHINE, remoteMachine, toldExposure } from './remote-machine.ts'

export const remoteExposeStop = defineTool({
  name: 'towline_remote_expose_stop',
  description:
    'Ends exactly this one service that a machine exposes; its address is gone at once. Again is harmless. One that a person ' +
    'exposed is asked about first.',
  input: z.strictObject({ ...REMOTE_MACHINE, id: EXPOSURE_ID }),
  output: exposureView,
  hints: { title: 'Stop remote service', destructive: true, idempotent: true, openWorld: true },
  risk: async ({ id, ...args }, call) => {
    const found = (await listExposedOn(remoteMachine(args, call))).find((exposure) => exposure.id === id)
    return !found || found.labels[AGENT_LABELS.source] === 'mcp' ? 'own' : 'delete'
  },
  profile: 'operate',
  target: ({ url }) => ({ name: url }),
  run: async ({ id, ...args }, call) => toldExposure(await stopExposedOn({ ...remoteMachine(args, call), id })),
})
