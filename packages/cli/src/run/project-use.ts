/** Owns the work of `towline project use`. */
import { useProject } from '@towline/operations'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import { CONTEXT_COLUMNS } from './context-columns.ts'

export interface ProjectUseOptions extends Pick<ServerOptions, 'context' | 'caFile'> {
  readonly output: Format
}

export const run = async (io: Io, slug: string, { context, caFile, output }: ProjectUseOptions): Promise<void> => {
  const changed = await useProject(io.env, slug, { context, caFile, signal: io.signal })
  printOne({ io, format: output, columns: CONTEXT_COLUMNS }, changed)
}
