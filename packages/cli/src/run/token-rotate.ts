/** Owns the work of `towline token rotate`. */
import { rotateToken } from '@towline/operations'
import type { IssuedCredential } from '@towline/protocol'
import type { Io } from '../io.ts'
import { type Column, printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import type { TokenRevokeOptions } from './token-revoke.ts'

export type TokenRotateOptions = TokenRevokeOptions

const COLUMNS: readonly Column<IssuedCredential>[] = [
  { title: 'TOKEN', of: ({ token }) => token },
  { title: 'CREDENTIAL', of: ({ credential }) => credential.id },
]

export const run = async (io: Io, credential: string, options: TokenRotateOptions): Promise<void> => {
  const issued = await rotateToken(await connectionOf(io, options), credential, io)
  printOne({ io, format: options.output, columns: COLUMNS }, issued)
}
