/** Owns minting a narrower, shorter-lived credential. */
import type { Minted, Permission } from '@towline/protocol'
import type { MintOptions } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'
import { withInventory } from './with-inventory.ts'

/** Its token is shown once. Rejects with FORBIDDEN when none of the permissions is held. */
export const mintToken = (
  connection: Connection,
  options: MintOptions,
): Promise<Minted & { readonly permissions: readonly Permission[] }> =>
  withInventory(connection, (inventory) => inventory.mintToken(options))
