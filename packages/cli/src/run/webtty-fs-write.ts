/** Owns the work of `towline webtty fs write`. */
import { AppError } from '@towline/protocol'
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { type FilesOptions, given, octal, onFiles } from './files-request.ts'

export interface WebttyFsWriteOptions extends FilesOptions {
  readonly ifMatch?: string
  readonly ifNone?: boolean
  readonly mode?: string
  readonly mkdirs?: boolean
}

const COLUMNS = [{ title: 'ETAG', of: ({ etag }: { readonly etag: string }) => etag }]

export const run = async (io: Io, path: string, options: WebttyFsWriteOptions): Promise<void> => {
  const { ifMatch, ifNone, mkdirs } = options
  if (ifMatch !== undefined && ifNone)
    throw new AppError('USAGE', { problem: '--if-match and --if-none exclude each other.' })
  const how = given({ ifMatch, ifNoneMatch: ifNone ? '*' : undefined, mode: octal(options.mode), mkdirs })
  const written = await onFiles(io, options, (files) => files.write(path, io.stdin, { ...how, signal: io.signal }))
  printOne({ io, format: options.output, columns: COLUMNS }, { path, ...written })
}
