/** Owns asking a server whether it takes a credential for a project. */
import { AppError } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { withInventory } from '../inventory/with-inventory.ts'

/** A credential that may not list is a good one all the same. Rejects with UNAUTHENTICATED, NOT_FOUND, PROJECT_NEEDED, …. */
export const proveToken = async (connection: Connection, signal?: AbortSignal): Promise<void> => {
  try {
    await withInventory(connection, (inventory) => inventory.listTunnels({ filter: 'name=towline', signal }))
  } catch (error) {
    if (!(error instanceof AppError && OF_RIGHTS.has(error.code))) throw error
  }
}

const OF_RIGHTS: ReadonlySet<string> = new Set(['FORBIDDEN', 'OUT_OF_BOUNDS'])
