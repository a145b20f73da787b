/** Owns reading the logs of a project. */
import type { Connection } from '../context/connection.ts'
import { type Signal, withControl } from './control-client.ts'

export interface LogOptions extends Signal {
  /** `request` for what visitors asked, `lifecycle` for the life of tunnels. */
  readonly kind?: 'request' | 'lifecycle' | undefined
  /** Id or name. */
  readonly tunnel?: string | undefined
  /** `key=value,key=value` */
  readonly labels?: string | undefined
  /** Integer seconds. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** Newest first. What visitors and hosts wrote is in the entries as it came. */
export interface LogPage {
  readonly entries: readonly Readonly<Record<string, unknown>>[]
  readonly next?: string
}

/** By id or endpoint. Rejects with NOT_FOUND, or FORBIDDEN. */
export const readLogs = (
  connection: Connection,
  project: string,
  { signal, since, until, limit, ...query }: LogOptions = {},
): Promise<LogPage> =>
  withControl(connection, { signal }, (ask) =>
    ask({
      method: 'GET',
      path: `/api/projects/${encodeURIComponent(project)}/logs`,
      query: { ...query, since: since?.toString(), until: until?.toString(), limit: limit?.toString() },
    }),
  )
