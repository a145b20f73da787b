/** Owns asking a server about its project: the connection is closed whatever comes. */
import { createInventory, type Inventory } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'

/** Answers what `ask` answers. */
export const withInventory = async <T>(
  { url, token, project, ca, claim }: Connection,
  ask: (inventory: Inventory) => Promise<T>,
): Promise<T> => {
  const inventory = createInventory({ url, token, project, ca, claim })
  try {
    return await ask(inventory)
  } finally {
    inventory.close()
  }
}
