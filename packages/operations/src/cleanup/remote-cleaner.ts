/** Owns cleaning up services that machines expose: the machine that opened a tunnel ends it, in order. */
import { AppError, EXPOSE_LABELS } from '@towline/protocol'
import type { MachineRequest } from '../webtty/machine.ts'
import { listExposedOn, stopExposedOn } from '../remote/exposed-on.ts'
import type { Cleaner, CleanupItem } from './cleaner.ts'

const KIND = 'remote service'

/** How a machine of that name is reached; what labels say of it is the word of whoever opened the tunnel. */
export type ReachMachine = (name: string) => Omit<MachineRequest, 'signal'>

/** Of the tunnels that `tunnels` lists, those that machines opened on request. Their names are kept, as people know those. */
export const remoteCleaner = (tunnels: Cleaner, reach: ReachMachine): Cleaner => ({
  kind: KIND,
  list: async (labels, signal) =>
    (await tunnels.list(labels, signal)).filter(isExposed).map((tunnel) => ({ ...tunnel, kind: KIND })),
  // Labels may name an exposure of somebody else: the machine itself says which one the tunnel is.
  remove: async ({ id, labels }, signal = new AbortController().signal) => {
    const request = { ...reach(labels[EXPOSE_LABELS.machine] ?? ''), signal }
    const own = (await listExposedOn(request)).find(({ tunnelId }) => tunnelId === id)
    if (!own) throw new AppError('NOT_FOUND', { what: 'tunnel', id })
    await stopExposedOn({ ...request, id: own.id })
  },
})

const isExposed = ({ labels }: CleanupItem): boolean =>
  labels[EXPOSE_LABELS.machine] !== undefined && labels[EXPOSE_LABELS.id] !== undefined
