/** Owns ending a credential. */
import type { RevokedCredential } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { type Signal, withControl } from './control-client.ts'

/** With all that were made from it, at once. Rejects with NOT_FOUND. */
export const revokeToken = (
  connection: Connection,
  credentialId: string,
  options: Signal = {},
): Promise<RevokedCredential> =>
  withControl(connection, options, (ask) =>
    ask({ method: 'DELETE', path: `/api/tokens/${encodeURIComponent(credentialId)}` }),
  )
