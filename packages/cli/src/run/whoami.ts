/** Owns the work of `towline whoami`. */
import { type Identity, whoAmI } from '@towline/operations'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Column, type Format, printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { when } from './tunnel-columns.ts'

export interface WhoamiOptions extends ServerOptions {
  readonly output: Format
}

const COLUMNS: readonly Column<Identity>[] = [
  { title: 'WHO', of: ({ user, credentialId }) => (user ? `${user.name} (${user.email})` : credentialId) },
  { title: 'KIND', of: ({ kind }) => kind },
  { title: 'SERVER', of: ({ server }) => server },
  { title: 'CONTEXT', of: ({ context }) => context },
  { title: 'PROJECT', of: ({ project }) => project?.endpoint },
  { title: 'PERMISSIONS', of: ({ permissions }) => permissions.join(', ') },
  { title: 'EXPIRES', of: ({ expiresAt }) => (expiresAt === undefined ? undefined : when(expiresAt)) },
]

export const run = async (io: Io, options: WhoamiOptions): Promise<void> =>
  printOne({ io, format: options.output, columns: COLUMNS }, await whoAmI(await connectionOf(io, options), io.signal))
