/** Owns the work of `towline token create`. */
import { mintToken } from '@towline/operations'
import { ALL_PERMISSIONS, AppError, LIMITS, type Minted, type Permission } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Column, type Format, printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { boundaryOf } from './boundary.ts'
import { parseDuration } from './duration.ts'
import { when } from './tunnel-columns.ts'

export interface TokenCreateOptions extends ServerOptions {
  readonly permission: readonly string[]
  readonly ttl: string
  readonly resources?: string
  readonly output: Format
}

const COLUMNS: readonly Column<Minted>[] = [
  { title: 'TOKEN', of: ({ token }) => token },
  { title: 'CREDENTIAL', of: ({ credentialId }) => credentialId },
  { title: 'EXPIRES', of: ({ expiresAt }) => when(expiresAt) },
]

export const run = async (io: Io, options: TokenCreateOptions): Promise<void> => {
  const request = {
    permissions: options.permission.flatMap(permissionsOf),
    ttlSeconds: ttlOf(options.ttl),
    resources: options.resources === undefined ? undefined : await boundaryOf(options.resources),
  }
  const minted = await mintToken(await connectionOf(io, options), { ...request, signal: io.signal })
  printOne({ io, format: options.output, columns: COLUMNS }, minted)
}

const permissionsOf = (text: string): readonly Permission[] => text.split(',').map((word) => permissionOf(word.trim()))

const permissionOf = (word: string): Permission => {
  const found = ALL_PERMISSIONS.find((known) => known === word)
  if (found) return found
  throw new AppError('OPTION_INVALID', {
    option: '--permission',
    value: word,
    problem: `it is one of ${ALL_PERMISSIONS.join(', ')}`,
  })
}

const ttlOf = (text: string): number => {
  const seconds = parseDuration(text, '--ttl')
  if (seconds <= LIMITS.tokenSecondsMax) return seconds
  throw new AppError('OPTION_INVALID', {
    option: '--ttl',
    value: text,
    problem: `at most ${LIMITS.tokenSecondsMax} seconds`,
  })
}
