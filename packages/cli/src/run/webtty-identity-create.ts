/** Owns the work of `towline webtty identity create`. */
import { homeDir } from '@towline/operations'
import { createIdentity } from '@towline/webtty'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { IDENTITY_COLUMNS } from './trust-columns.ts'

export interface IdentityCreateOptions {
  readonly output: Format
  readonly name?: string
}

export const run = async (io: Io, named: string | undefined, options: IdentityCreateOptions): Promise<void> => {
  const made = await createIdentity(homeDir(io.env), named ?? options.name ?? 'default')
  printOne({ io, format: options.output, columns: IDENTITY_COLUMNS }, made)
}
