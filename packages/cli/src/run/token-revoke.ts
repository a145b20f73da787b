/** Owns the work of `towline token revoke`. */
import { revokeToken } from '@towline/operations'
import type { RevokedCredential } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Column, type Format, printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'

export interface TokenRevokeOptions extends ServerOptions {
  readonly output: Format
}

const COLUMNS: readonly Column<RevokedCredential>[] = [
  { title: 'REVOKED', of: ({ credentialId }) => credentialId },
  { title: 'WITH IT', of: ({ credentialId, revoked }) => revoked.filter((id) => id !== credentialId).join(',') },
]

export const run = async (io: Io, credential: string, options: TokenRevokeOptions): Promise<void> => {
  const revoked = await revokeToken(await connectionOf(io, options), credential, io)
  printOne({ io, format: options.output, columns: COLUMNS }, revoked)
}
