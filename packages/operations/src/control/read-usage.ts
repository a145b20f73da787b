/** Owns reading what a project used. */
import type { Connection } from '../context/connection.ts'
import { type Signal, withControl } from './control-client.ts'

export interface UsageOptions extends Signal {
  readonly per?: 'hour' | 'day' | undefined
  /** Integer seconds. */
  readonly since?: number | undefined
  readonly until?: number | undefined
}

export interface Usage {
  readonly per: 'hour' | 'day'
  readonly since: number
  readonly until: number
  readonly sums: readonly { readonly at: number; readonly metric: string; readonly value: number }[]
  readonly totals: Readonly<Record<string, number>>
}

/** By id or endpoint. Rejects with NOT_FOUND, or FORBIDDEN. */
export const readUsage = (
  connection: Connection,
  project: string,
  { signal, per, since, until }: UsageOptions = {},
): Promise<Usage> =>
  withControl(connection, { signal }, (ask) =>
    ask({
      method: 'GET',
      path: `/api/projects/${encodeURIComponent(project)}/usage`,
      query: { per, since: since?.toString(), until: until?.toString() },
    }),
  )
