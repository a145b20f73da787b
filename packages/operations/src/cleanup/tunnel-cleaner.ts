/** Owns cleaning up tunnels: whoever serves them is told, and does not come back by itself. */
import { type Labels, LIMITS, type Tunnel } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { cutTunnel } from '../inventory/cut-tunnel.ts'
import { listTunnels } from '../inventory/list-tunnels.ts'
import type { Cleaner } from './cleaner.ts'

const KIND = 'tunnel'

export const tunnelCleaner = (connection: Connection, reason = 'it was cleaned up'): Cleaner => ({
  kind: KIND,
  list: async (labels, signal) => (await listTunnels(connection, { filter: filterOf(labels), signal })).map(itemOf),
  // By its id, which is one opening: another tunnel that took over the name meanwhile stays.
  remove: async ({ id }, signal) => void (await cutTunnel(connection, id, { reason, signal })),
})

/** In JSON, where values may hold anything; all of them when it would be too long. */
const filterOf = (labels: Labels): string | undefined => {
  const exact = Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, { exact: value }]))
  const filter = JSON.stringify({ labels: exact })
  return filter.length > LIMITS.filterChars ? undefined : filter
}

const itemOf = ({ id, name, labels }: Tunnel) => ({ kind: KIND, id, name, labels: labels ?? {} })
