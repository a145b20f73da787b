/** Owns what an operator may say of a server in its file of settings, once secrets are read and all of it is checked. */
import type { Limits } from '@towline/protocol'
import type { SignInProvider } from '../accounts/auth.ts'
import type { TurnConfig } from '../api/api-deps.ts'
import type { TrustRule } from '../oauth/oauth-deps.ts'
import type { Plan } from '../payment/plans.ts'

export interface ServerConfig {
  /** Whom people may sign in with besides their password or passkey. */
  readonly providers?: readonly SignInProvider[] | undefined
  /** Which tokens of CI systems are exchanged. */
  readonly trust?: readonly TrustRule[] | undefined
  /** Client-id metadata documents, which this server fetches where clients say. */
  readonly clientDocuments?: boolean | undefined
  /** What projects cost; free when absent. */
  readonly plans?: readonly Plan[] | undefined
  readonly turn?: TurnConfig | undefined
  /** How long and how many log entries of a project are kept. */
  readonly requestLogs?: { readonly days?: number | undefined; readonly records?: number | undefined } | undefined
}

const DAY_SECONDS = 24 * 3600

/** The bounds of a server with this file. */
export const limitsWith = ({ requestLogs = {} }: ServerConfig, limits: Limits): Limits => {
  const { days, records } = requestLogs
  return {
    ...limits,
    ...(days !== undefined && { logSeconds: days * DAY_SECONDS }),
    ...(records !== undefined && { logRecords: records }),
  }
}
