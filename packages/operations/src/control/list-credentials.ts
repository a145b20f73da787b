/** Owns listing the credentials of a project. */
import type { CredentialView } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { allOf, type Signal, withControl } from './control-client.ts'

/** Those that are good, in the order they were made; without their tokens. */
export const listCredentials = (
  connection: Connection,
  { projectId, ...options }: { readonly projectId: string } & Signal,
): Promise<readonly CredentialView[]> =>
  withControl(connection, options, (ask) => allOf(ask, 'credentials', { path: '/api/tokens', query: { projectId } }))
