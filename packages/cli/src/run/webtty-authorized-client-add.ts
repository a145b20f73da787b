/** Owns the work of `towline webtty authorized-client add`. */
import { homeDir } from '@towline/operations'
import { AppError } from '@towline/protocol'
import { addAuthorizedClient, CLIENT_ROLES, type ClientRole } from '@towline/webtty'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { parseDuration } from './duration.ts'
import { CLIENT_COLUMNS } from './trust-columns.ts'

export interface AuthorizedClientAddOptions {
  readonly output: Format
  readonly identity: string
  readonly key: string
  readonly role?: readonly string[]
  readonly expires?: string
}

export const run = async (io: Io, name: string, options: AuthorizedClientAddOptions): Promise<void> => {
  const { identity, key, role, expires } = options
  const added = await addAuthorizedClient(homeDir(io.env), {
    identity,
    name,
    key,
    ...(role && { roles: role.map(roleOf) }),
    ...(expires !== undefined && { expiresAt: Math.floor(Date.now() / 1000) + parseDuration(expires, '--expires') }),
  })
  printOne({ io, format: options.output, columns: CLIENT_COLUMNS }, added)
}

const roleOf = (text: string): ClientRole => {
  const found = CLIENT_ROLES.find((role) => role === text)
  if (found) return found
  throw new AppError('OPTION_INVALID', {
    option: '--role',
    value: text,
    problem: `it is one of ${CLIENT_ROLES.join(', ')}`,
  })
}
