/** Owns asking a server who we are to it: whose credential is used, where, and what it may do. */
import type { Connection } from '../context/connection.ts'
import { callApi } from './call-api.ts'

/** As the control API answers, and where it was asked. */
export interface Identity {
  /** A person's login, or a project's own credential. */
  readonly kind: 'login' | 'project'
  readonly credentialId: string
  readonly permissions: readonly string[]
  readonly user?: { readonly id: string; readonly email: string; readonly name: string }
  readonly project?: { readonly id: string; readonly endpoint: string; readonly workspaceId: string }
  readonly agent?: string
  /** Integer seconds. */
  readonly expiresAt?: number
  readonly server: string
  readonly context?: string
}

/** Rejects with UNAUTHENTICATED, LOGIN_ENDED, or why the server is not reached. */
export const whoAmI = async (connection: Connection, signal?: AbortSignal): Promise<Identity> => {
  const told = (await callApi(connection, '/api/whoami', signal)) as Omit<Identity, 'server' | 'context'>
  const { url, context } = connection
  return { ...told, server: url, ...(context === undefined ? {} : { context }) }
}
