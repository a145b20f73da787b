/** Owns ending a tunnel of the project. */
import type { Tunnel } from '@towline/protocol'
import type { CutOptions } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'
import { withInventory } from './with-inventory.ts'

/** By name or id; answers the tunnel as it was. Rejects with NOT_FOUND. */
export const cutTunnel = (connection: Connection, tunnel: string, options: CutOptions = {}): Promise<Tunnel> =>
  withInventory(connection, (inventory) => inventory.cutTunnel(tunnel, options))
