/** Owns the risk of ending a managed tunnel: what a person made is not an agent's to end unasked. */
import { isLive, type LocalTunnel } from '@towline/operations'
import { AGENT_LABELS } from '@towline/protocol'
import type { ToldRisk } from '../../tool.ts'

/** `id` names it as {@link Supervisor.stopLocal} takes it: an id, or the name or tunnel id of a live one. */
export const stopRisk = (id: string, tunnels: readonly LocalTunnel[]): ToldRisk => {
  const meant = tunnels.filter(
    (tunnel) => tunnel.id === id || (isLive(tunnel) && [tunnel.tunnelId, tunnel.name].includes(id)),
  )
  const isOwn = meant.every(({ labels }) => labels[AGENT_LABELS.source] === 'mcp')
  return isOwn ? { risk: 'own' } : { risk: 'delete', because: 'no agent made it' }
}
