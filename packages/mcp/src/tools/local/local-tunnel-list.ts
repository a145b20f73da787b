/** Owns the tool that lists what is published from this machine in the background. */
import { hasLabels } from '@towline/protocol'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { localSupervisor } from './local-supervisor.ts'
import { localTunnelView, toldTunnel } from './views.ts'

export const localTunnelList = defineTool({
  name: 'towline_local_tunnel_list',
  description:
    'Lists managed tunnels of this machine: those that serve, and those that expired, failed or were lost in the last day. ' +
    'Of other tunnels of the project towline_tunnel_list tells.',
  input: z.strictObject({
    labels: z.record(z.string(), z.string()).optional().describe('Only those that have all of these labels.'),
    all: z.boolean().optional().describe('Also those that were stopped in the last day.'),
  }),
  output: z.strictObject({
    tunnels: z.array(localTunnelView).describe('Those of this machine.'),
    leftOut: z.int().optional().describe('How many more there are.'),
  }),
  hints: { title: 'List local tunnels', readOnly: true, idempotent: true },
  risk: 'read',
  profile: 'read-only',
  run: async ({ labels = {}, all }, { deps, signal }) => {
    const managed = await localSupervisor(deps).listLocal({ all, signal })
    const told = managed.filter((tunnel) => hasLabels(tunnel.labels, labels))
    const shown = told.slice(0, deps.limits.mcpListItems)
    const leftOut = told.length - shown.length
    return { tunnels: shown.map(toldTunnel), ...(leftOut > 0 && { leftOut }) }
  },
})
