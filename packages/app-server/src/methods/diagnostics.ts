/** Owns the method that tells how the server does, for whoever looks after it. */
import { method, type MethodTable } from '../server/method.ts'
import { ANY } from './params.ts'
import type { BasicServices } from './services.ts'

export const DIAGNOSTICS: MethodTable<BasicServices> = {
  'server/diagnostics': method({
    params: ANY,
    experimental: true,
    run: ({ gauges }: BasicServices) => ({
      process: { id: process.pid, residentMemoryBytes: process.memoryUsage.rss(), physicalFootprintBytes: null },
      gauges: Object.entries(gauges()).map(([name, value]) => ({ name, value })),
    }),
  }),
}
