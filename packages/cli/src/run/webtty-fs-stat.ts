/** Owns the work of `towline webtty fs stat`. */
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { FILE_COLUMNS } from './file-columns.ts'
import { type FilesOptions, onFiles } from './files-request.ts'

export type WebttyFsStatOptions = FilesOptions

export const run = async (io: Io, path: string, options: WebttyFsStatOptions): Promise<void> =>
  printOne(
    { io, format: options.output, columns: FILE_COLUMNS },
    await onFiles(io, options, (files) => files.stat(path)),
  )
