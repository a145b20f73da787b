/** Owns how tunnels and clients are shown in tables. */
import type { Client, Labels, Tunnel } from '@towline/protocol'
import type { Column } from '../output/printers.ts'

const labels = (all: Labels = {}): string =>
  Object.entries(all)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')

/** Seconds since the epoch as RFC 3339 in UTC. */
export const when = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')

/** A credential may see only some fields of tunnels. */
export const TUNNEL_COLUMNS: readonly Column<Partial<Tunnel>>[] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'KIND', of: ({ kind }) => kind },
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'URL', of: ({ url }) => url },
  { title: 'LABELS', of: (tunnel) => labels(tunnel.labels) },
  { title: 'SINCE', of: ({ createdAt }) => (createdAt === undefined ? undefined : when(createdAt)) },
  { title: 'OWNER', of: ({ owner }) => owner },
  { title: 'CLIENT', of: ({ clientId }) => clientId },
  { title: 'ID', of: ({ id }) => id },
]

export const CLIENT_COLUMNS: readonly Column<Client>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'AGENT', of: ({ agent }) => agent },
  { title: 'OS', of: ({ os, arch }) => `${os}/${arch}` },
  { title: 'ADDRESS', of: ({ address }) => address },
  { title: 'TRANSPORT', of: ({ transport }) => transport },
  { title: 'TUNNELS', of: ({ tunnels }) => String(tunnels.length) },
  { title: 'LABELS', of: (client) => labels(client.labels) },
  { title: 'SINCE', of: ({ createdAt }) => when(createdAt) },
]
