/** Owns serving an app-server that is not ours: one that runs, or one that is started here. */
import { openRelay, type Wire } from '@towline/app-server'
import type { Log } from '@towline/base'
import { dialUpstream } from './dial-upstream.ts'
import type { ServedAppServer } from './served.ts'
import { openStockChild, type StockChildOptions } from './stock-child.ts'
import type { Upstream, UpstreamAddress } from './upstream-address.ts'

export interface OpenUpstream extends Omit<StockChildOptions, 'program'> {
  readonly upstream: Upstream
  readonly log: Log
}

/** Resolves when it answers. Rejects with APP_UPSTREAM_DOWN. */
export const openUpstream = async ({ upstream, log, ...options }: OpenUpstream): Promise<ServedAppServer> => {
  const source =
    upstream.kind === 'program' ? await openStockChild({ ...options, program: upstream.path }) : at(upstream)
  const isReady = async (): Promise<boolean> => {
    const wire = await source.dial().catch(() => undefined)
    wire?.close()
    return wire !== undefined
  }
  if (upstream.kind !== 'program') (await source.dial()).close()
  const relay = openRelay({ dial: () => source.dial(), log })
  return {
    serve: (wire) => relay.serve(wire),
    isReady,
    close: async () => {
      relay.close()
      await source.close()
    },
  }
}

interface Source {
  dial(): Promise<Wire>
  close(): Promise<void>
}

/** One that runs is not ours to end. */
const at = (address: UpstreamAddress): Source => ({ dial: () => dialUpstream(address), close: async () => {} })
