/** Owns how files of a machine are shown in tables. */
import type { FailedEntry, FileInfo } from '@towline/webtty'
import type { Column } from '../output/printers.ts'

/** RFC 3339 in UTC, from nanoseconds. */
const when = (mtimeNs: string): string =>
  new Date(Number(BigInt(mtimeNs) / 1_000_000n)).toISOString().replace(/\.\d+Z$/, 'Z')

export const FILE_COLUMNS: readonly Column<FileInfo | FailedEntry>[] = [
  { title: 'MODE', of: (file) => ('error' in file ? '' : `${TYPES[file.type]}${file.mode}`) },
  { title: 'SIZE', of: (file) => ('error' in file ? '' : String(file.size)) },
  { title: 'CHANGED', of: (file) => ('error' in file ? '' : when(file.mtimeNs)) },
  { title: 'PATH', of: ({ path }) => path },
  {
    title: 'NOTE',
    of: (file) => ('error' in file ? file.error.code : file.target === undefined ? '' : `-> ${file.target}`),
  },
]

const TYPES: Readonly<Record<FileInfo['type'], string>> = { file: '-', folder: 'd', link: 'l', special: 's' }
