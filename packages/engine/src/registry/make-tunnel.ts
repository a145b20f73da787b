/** Owns the first snapshot of a tunnel, which inventories, events and its host are told. */
import { newId } from '@towline/base'
import type { Tunnel, TunnelSpec } from '@towline/protocol'
import type { Host } from './host.ts'
import type { NameSlot } from './name-slot.ts'
import { type PublicUrl, tunnelUrl } from './urls.ts'

/** Who opens what under which name; the slot holds the port a tcp tunnel got. */
export interface Opening {
  readonly host: Host
  readonly slot: NameSlot
  /** Checked. */
  readonly spec: TunnelSpec
}

/** Where and when. */
export interface Place {
  readonly domain: string
  readonly publicUrl: PublicUrl
  readonly epoch: number
  /** Integer seconds. */
  readonly createdAt: number
}

/** An online tunnel with an id of its own. */
export const makeTunnel = ({ host, slot, spec }: Opening, { domain, publicUrl, epoch, createdAt }: Place): Tunnel => {
  const { name, projectId } = slot
  const { projectSlug: slug, rootCredentialId: owner } = host.principal
  const port = slot.port?.port
  return {
    ...spec,
    id: newId('tun'),
    name,
    labels: spec.labels ?? {},
    ...(port !== undefined && { port }),
    url: tunnelUrl({ kind: spec.kind, name, slug, domain, port }, publicUrl),
    owner,
    clientId: host.about.id,
    projectId,
    status: 'online',
    createdAt,
    epoch,
  }
}
