/** Owns what a server needs before the first call, and how it gets at the rest. */
import type { Limits } from '@towline/protocol'
import type { McpDeps } from '../deps.ts'

export interface Host {
  readonly version: string
  readonly limits: Limits
  /** The same each time. Agents start servers that they may never call. */
  deps(): Promise<McpDeps>
}

export const hostOf = (deps: McpDeps): Host => ({
  version: deps.version,
  limits: deps.limits,
  deps: () => Promise.resolve(deps),
})
