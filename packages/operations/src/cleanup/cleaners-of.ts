/** Owns the list of what a cleanup goes through, for the command and the tool alike. */
import type { Connection } from '../context/connection.ts'
import type { Supervisor } from '../local/supervisor.ts'
import type { Cleaner } from './cleaner.ts'
import { localCleaner } from './local-cleaner.ts'
import { type ReachMachine, remoteCleaner } from './remote-cleaner.ts'
import { tunnelCleaner } from './tunnel-cleaner.ts'

export interface CleanersRequest {
  readonly connection: Connection
  readonly supervisor: Pick<Supervisor, 'listLocal' | 'stopLocal'>
  readonly reach: ReachMachine
  /** A context or project was named: what this workstation serves elsewhere stays. */
  readonly named: boolean
}

/** In the order they are cleaned: who serves a tunnel comes before the tunnel, and so ends in order. */
export const cleanersOf = ({ connection, supervisor, reach, named }: CleanersRequest): readonly Cleaner[] => {
  const tunnels = tunnelCleaner(connection)
  return [localCleaner(supervisor, named ? connection : undefined), remoteCleaner(tunnels, reach), tunnels]
}
