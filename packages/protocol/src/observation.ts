/** Owns what the engine tells of projects besides decisions: lines of their logs, and what they used. */
import type { Labels } from './tunnel.ts'

/** A line of a project's log; holds no secret and no query string. */
export interface LogEntry {
  readonly projectId: string
  /** Integer seconds. */
  readonly at: number
  readonly kind: 'request' | 'lifecycle'
  readonly tunnelId?: string
  /** The name of the tunnel. */
  readonly tunnel?: string
  readonly labels?: Labels
  readonly method?: string
  readonly host?: string
  readonly path?: string
  readonly status?: number
  readonly durationMs?: number
  readonly bytesIn?: number
  readonly bytesOut?: number
  readonly address?: string
  readonly credentialId?: string
  readonly requestId?: string
  readonly code?: string
  /** What happened, of a lifecycle. */
  readonly message?: string
}

/** What is counted; bytes both ways, seconds that tunnels were up. */
export const METRICS = ['connections', 'requests', 'bytes', 'tunnelSeconds', 'execs', 'turnBytes'] as const

export type Metric = (typeof METRICS)[number]

/** What was used up to a moment since it was last told. */
export interface Usage {
  readonly projectId: string
  /** Integer seconds. */
  readonly at: number
  readonly metric: Metric
  readonly value: number
}
