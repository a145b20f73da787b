/** Owns the work of `towline webtty fs upload`. */
import { basename } from 'node:path'
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { type FilesOptions, given, onFiles } from './files-request.ts'
import { localError, TRANSFER_COLUMNS } from './local-file.ts'
import { transferProgress } from './transfer-progress.ts'

export interface WebttyFsUploadOptions extends FilesOptions {
  readonly mkdirs?: boolean
  readonly overwrite?: boolean
}

/** The file here, and the place there. */
export interface UploadWords {
  readonly local: string
  readonly path: string
}

export const run = async (io: Io, { local, path }: UploadWords, options: WebttyFsUploadOptions): Promise<void> => {
  const to = path.endsWith('/') ? `${path}${basename(local)}` : path
  const how = given({ mkdirs: options.mkdirs, ifNoneMatch: options.overwrite ? undefined : '*' })
  const { onProgress, done } = transferProgress(io, basename(local))
  const sent = await onFiles(io, options, (files) => files.upload(local, to, { ...how, onProgress, signal: io.signal }))
    .catch((error: unknown) => {
      throw localError(error, local)
    })
    .finally(done)
  printOne({ io, format: options.output, columns: TRANSFER_COLUMNS }, { path: to, ...sent })
}
