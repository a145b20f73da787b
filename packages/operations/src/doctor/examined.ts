/** Owns what the checks of the doctor share: what was asked, and what earlier checks found out. */
import type { Server, Session } from '@towline/sdk'
import type { Connection, ConnectionFlags } from '../context/connection.ts'
import type { Env } from '../context/home.ts'
import type { Finding } from './report.ts'

export interface DoctorRequest {
  readonly env: Env
  readonly flags: ConnectionFlags
  /** Product and version. */
  readonly agent: string
  readonly version: string
  /** Makes a private tunnel, dials it and closes it. */
  readonly deep: boolean
  /** Ends the check that runs. */
  readonly signal: AbortSignal
}

/** Later checks read what earlier ones have set; a check that misses it is skipped. */
export interface Examined extends DoctorRequest {
  connection?: Connection
  /** The way to the server: directly, or by a proxy. */
  route?: Server
  /** Whether the server answers HTTP. */
  reached?: boolean
  /** How far the server's clock is ahead of ours; seconds. */
  aheadSeconds?: number
  session?: Session
}

export type Check = (examined: Examined) => Promise<Finding> | Finding
