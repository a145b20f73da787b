/** Owns giving a credential another token. */
import type { IssuedCredential } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { type Signal, withControl } from './control-client.ts'

/** The token before proves nothing from then on. Rejects with NOT_FOUND, or FORBIDDEN for one that may do more. */
export const rotateToken = (
  connection: Connection,
  credentialId: string,
  options: Signal = {},
): Promise<IssuedCredential> =>
  withControl(connection, options, (ask) =>
    ask({ method: 'POST', path: `/api/tokens/${encodeURIComponent(credentialId)}/rotate` }),
  )
