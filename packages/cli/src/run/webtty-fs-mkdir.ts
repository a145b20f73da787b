/** Owns the work of `towline webtty fs mkdir`. */
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { FILE_COLUMNS } from './file-columns.ts'
import { type FilesOptions, given, onFiles } from './files-request.ts'

export interface WebttyFsMkdirOptions extends FilesOptions {
  readonly parents?: boolean
}

export const run = async (io: Io, path: string, options: WebttyFsMkdirOptions): Promise<void> => {
  const made = await onFiles(io, options, (files) => files.mkdir(path, given({ parents: options.parents })))
  printOne({ io, format: options.output, columns: FILE_COLUMNS }, made)
}
