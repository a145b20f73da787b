/** Owns the work of `towline webtty identity show`. */
import { homeDir } from '@towline/operations'
import { showIdentity } from '@towline/webtty'
import { type Io, line } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { IDENTITY_COLUMNS } from './trust-columns.ts'

export interface IdentityShowOptions {
  readonly output: Format
  readonly name?: string
  readonly endpointIdentity?: boolean
}

export const run = async (io: Io, named: string | undefined, options: IdentityShowOptions): Promise<void> => {
  const identity = await showIdentity(homeDir(io.env), named ?? options.name ?? 'default')
  if (options.endpointIdentity) return line(io, identity.endpointIdentity)
  printOne({ io, format: options.output, columns: IDENTITY_COLUMNS }, identity)
}
