/** Owns listing the tunnels of the project. */
import type { Tunnel } from '@towline/protocol'
import type { ListOptions } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'
import { withInventory } from './with-inventory.ts'

/** Oldest first. Rejects with FILTER_INVALID, or with why the server does not answer. */
export const listTunnels = (connection: Connection, options: ListOptions = {}): Promise<readonly Tunnel[]> =>
  withInventory(connection, (inventory) => inventory.listTunnels(options))
