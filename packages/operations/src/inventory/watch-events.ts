/** Owns watching tunnels and clients come and go. */
import type { WatchEvent } from '@towline/protocol'
import { createInventory, type WatchOptions } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'

/** Everything there is first, then each change, across broken connections, until the signal is aborted. */
export async function* watchEvents(
  { url, token, project, ca }: Connection,
  options: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const inventory = createInventory({ url, token, project, ca })
  try {
    yield* inventory.watch(options)
  } finally {
    inventory.close()
  }
}
