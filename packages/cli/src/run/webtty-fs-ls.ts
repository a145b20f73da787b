/** Owns the work of `towline webtty fs ls`. */
import { AppError } from '@towline/protocol'
import type { FailedEntry, FileInfo, FilesClient } from '@towline/webtty'
import type { Io } from '../io.ts'
import { printList } from '../output/printers.ts'
import { FILE_COLUMNS } from './file-columns.ts'
import { type FilesOptions, given, onFiles } from './files-request.ts'

export interface WebttyFsLsOptions extends FilesOptions {
  readonly depth?: string
  readonly glob?: string
}

const DEPTH_MAX = 4

export const run = async (io: Io, path: string | undefined, options: WebttyFsLsOptions): Promise<void> => {
  const ask = given({ depth: depthOf(options.depth), glob: options.glob })
  const entries = await onFiles(io, options, (files) => all(files, path ?? '/', ask))
  printList({ io, format: options.output, columns: FILE_COLUMNS }, entries)
}

/** Page by page. */
const all = async (files: FilesClient, path: string, ask: object): Promise<readonly (FileInfo | FailedEntry)[]> => {
  const entries: (FileInfo | FailedEntry)[] = []
  let cursor: string | undefined
  do {
    const page = await files.ls(path, { ...ask, ...(cursor !== undefined && { cursor }) })
    entries.push(...page.entries)
    cursor = page.cursor
  } while (cursor !== undefined)
  return entries
}

const depthOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (/^\d$/.test(text) && Number(text) <= DEPTH_MAX) return Number(text)
  throw new AppError('OPTION_INVALID', {
    option: '--depth',
    value: text,
    problem: `it is a number from 0 to ${DEPTH_MAX}`,
  })
}
