/** Owns listing the clients linked to the server. */
import type { Client } from '@towline/protocol'
import type { ListOptions } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'
import { withInventory } from './with-inventory.ts'

/** Oldest first. Rejects with FILTER_INVALID, or with why the server does not answer. */
export const listClients = (connection: Connection, options: ListOptions = {}): Promise<readonly Client[]> =>
  withInventory(connection, (inventory) => inventory.listClients(options))
