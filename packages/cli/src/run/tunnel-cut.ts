/** Owns the work of `towline tunnel cut`. */
import { cutTunnel } from '@towline/operations'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Column, type Format, printOne } from '../output/printers.ts'
import { connectionOf } from './connection.ts'

export interface CutOptions extends ServerOptions {
  readonly reason: string
  readonly output: Format
}

/** What was cut. */
export interface Cut {
  readonly id: string
  /** Of a tunnel. */
  readonly name?: string
  readonly reason: string
}

export const CUT_COLUMNS: readonly Column<Cut>[] = [
  { title: 'CUT', of: ({ id, name }) => name ?? id },
  { title: 'REASON', of: ({ reason }) => reason },
]

export const run = async (io: Io, tunnel: string, options: CutOptions): Promise<void> => {
  const { reason, output } = options
  const { id, name } = await cutTunnel(await connectionOf(io, options), tunnel, { reason, signal: io.signal })
  printOne({ io, format: output, columns: CUT_COLUMNS }, { id, name, reason })
}
