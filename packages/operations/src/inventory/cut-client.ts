/** Owns disconnecting a client of the project. */
import type { Client } from '@towline/protocol'
import type { CutOptions } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'
import { withInventory } from './with-inventory.ts'

/** By id; answers the client as it was. Rejects with NOT_FOUND. */
export const cutClient = (connection: Connection, client: string, options: CutOptions = {}): Promise<Client> =>
  withInventory(connection, (inventory) => inventory.cutClient(client, options))
