/** Owns the work of `towline webtty identity rotate`. */
import { homeDir } from '@towline/operations'
import { rotateIdentity } from '@towline/webtty'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { IDENTITY_COLUMNS } from './trust-columns.ts'

export interface IdentityRotateOptions {
  readonly output: Format
}

export const run = async (io: Io, name: string, options: IdentityRotateOptions): Promise<void> => {
  const { now } = await rotateIdentity(homeDir(io.env), name)
  printOne({ io, format: options.output, columns: IDENTITY_COLUMNS }, now)
}
