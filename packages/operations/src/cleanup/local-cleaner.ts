/** Owns cleaning up managed tunnels of this workstation, also those that were lost and are only told of. */
import { AppError } from '@towline/protocol'
import { isLive, type LocalTunnel } from '../local/local-tunnel.ts'
import type { Supervisor } from '../local/supervisor.ts'
import type { Cleaner } from './cleaner.ts'

const KIND = 'local tunnel'

/** Where tunnels lead to. */
export interface Place {
  readonly url: string
  readonly project?: string | undefined
}

/** Of one place, or of all. */
export const localCleaner = (supervisor: Pick<Supervisor, 'listLocal' | 'stopLocal'>, place?: Place): Cleaner => ({
  kind: KIND,
  list: async (_, signal) =>
    (await supervisor.listLocal({ signal }))
      .filter((tunnel) => isLive(tunnel) || tunnel.status === 'lost')
      .filter((tunnel) => !place || leadsTo(tunnel, place))
      .map(itemOf),
  remove: async ({ id }, signal) => {
    try {
      await supervisor.stopLocal(id, { signal })
    } catch (error) {
      // Forgotten meanwhile.
      if (!(error instanceof AppError) || error.code !== 'LOCAL_UNKNOWN') throw error
    }
  },
})

/** A project's own token, and a login that reaches one, name none. */
const leadsTo = ({ server, project }: LocalTunnel, place: Place): boolean =>
  server === place.url && (project ?? place.project) === (place.project ?? project)

const itemOf = ({ id, name, tunnelId, labels }: LocalTunnel) => ({ kind: KIND, id, name, tunnelId, labels })
