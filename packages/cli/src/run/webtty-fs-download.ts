/** Owns the work of `towline webtty fs download`. */
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError } from '@towline/protocol'
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { type FilesOptions, onFiles } from './files-request.ts'
import { localError, TRANSFER_COLUMNS } from './local-file.ts'
import { transferProgress } from './transfer-progress.ts'

export interface WebttyFsDownloadOptions extends FilesOptions {
  readonly overwrite?: boolean
}

/** The file there, and the place here. */
export interface DownloadWords {
  readonly path: string
  readonly local: string | undefined
}

export const run = async (io: Io, { path, local }: DownloadWords, options: WebttyFsDownloadOptions): Promise<void> => {
  const to = await placeOf(path, local ?? '.')
  if (!options.overwrite && (await found(to))) {
    throw new AppError('LOCAL_FILE', { file: to, problem: 'it is there already; add --overwrite' })
  }
  const { onProgress, done } = transferProgress(io, basename(to))
  const got = await onFiles(io, options, (files) => files.download(path, to, { onProgress, signal: io.signal }))
    .catch((error: unknown) => {
      throw localError(error, to)
    })
    .finally(done)
  printOne({ io, format: options.output, columns: TRANSFER_COLUMNS }, { ...got, path: to })
}

/** A folder takes the file under its own name. */
const placeOf = async (path: string, local: string): Promise<string> =>
  (await found(local))?.isDirectory() ? join(local, basename(path)) : local

const found = (file: string) => stat(file).catch(() => undefined)
