/** Owns the work of `towline webtty fs rm`. */
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { type FilesOptions, given, onFiles } from './files-request.ts'

export interface WebttyFsRmOptions extends FilesOptions {
  readonly recursive?: boolean
}

const COLUMNS = [{ title: 'REMOVED', of: ({ removed }: { readonly removed: string }) => removed }]

export const run = async (io: Io, path: string, options: WebttyFsRmOptions): Promise<void> => {
  await onFiles(io, options, (files) => files.rm(path, given({ recursive: options.recursive })))
  printOne({ io, format: options.output, columns: COLUMNS }, { removed: path })
}
