/** Owns the work of `towline webtty identity list`. */
import { homeDir } from '@towline/operations'
import { listIdentities } from '@towline/webtty'
import type { Io } from '../io.ts'
import { type Format, printList } from '../output/printers.ts'
import { IDENTITY_COLUMNS } from './trust-columns.ts'

export interface IdentityListOptions {
  readonly output: Format
}

export const run = async (io: Io, options: IdentityListOptions): Promise<void> => {
  printList({ io, format: options.output, columns: IDENTITY_COLUMNS }, await listIdentities(homeDir(io.env)))
}
