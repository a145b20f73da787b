/** Owns the tool that ends a managed tunnel of this machine. */
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { localSupervisor } from './local-supervisor.ts'
import { stopRisk } from './stop-risk.ts'
import { statusView } from './views.ts'

export const localTunnelStop = defineTool({
  name: 'towline_local_tunnel_stop',
  description:
    'Ends a managed tunnel of this machine by the id of its answer, and answers when it has ended. Again is harmless. One that a ' +
    'person made is asked about first.',
  input: z.strictObject({
    id: z.string().min(1).max(64).describe('cleanupId of its answer; also its name while it serves.'),
  }),
  output: z.strictObject({
    stopped: z.literal(true).describe('It serves no longer.'),
    id: z.string().describe('Of the managed tunnel.'),
    was: statusView.describe('How it stood before.'),
    name: z.string().optional().describe('Under which it was found.'),
    tunnelId: z.string().optional().describe('By which the relay knew it.'),
  }),
  hints: { title: 'Stop local tunnel', destructive: true, idempotent: true, openWorld: true },
  risk: async ({ id }, { deps, signal }) => stopRisk(id, await localSupervisor(deps).listLocal({ signal, all: true })),
  profile: 'operate',
  target: ({ id }) => ({ name: id }),
  run: async ({ id }, { deps, signal }) => ({ ...(await localSupervisor(deps).stopLocal(id, { signal })) }),
})
