/** Owns the work of `towline webtty fs mv`. */
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { FILE_COLUMNS } from './file-columns.ts'
import { type FilesOptions, given, onFiles } from './files-request.ts'

export interface WebttyFsMvOptions extends FilesOptions {
  readonly overwrite?: boolean
}

/** Paths below the served folder. */
export interface MoveWords {
  readonly from: string
  readonly to: string
}

export const run = async (io: Io, { from, to }: MoveWords, options: WebttyFsMvOptions): Promise<void> => {
  const moved = await onFiles(io, options, (files) => files.mv(from, to, given({ overwrite: options.overwrite })))
  printOne({ io, format: options.output, columns: FILE_COLUMNS }, moved)
}
