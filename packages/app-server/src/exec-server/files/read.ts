/** Owns reading files of an exec-server: what is there, how it is named, and its bytes. */
import { constants, type Stats } from 'node:fs'
import { lstat, open, opendir, realpath, stat } from 'node:fs/promises'
import { AppError, type DirectoryEntry, type FileBytes, type FileMetadata, LIMITS } from '@towline/protocol'
import { throughGate } from '../../sandbox/file-gate.ts'
import type { Rules } from '../../sandbox/rules.ts'
import { uriOf } from '../file-uri.ts'

/** An absolute path, and what a sandbox says of paths. */
export interface Target {
  readonly path: string
  readonly rules: Rules | undefined
}

/** Waiting for the other end of a pipe would never end. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK
/** Under a sandbox the path has no link at its end any more: one that is there now was put there meanwhile. */
const flagsFor = ({ rules }: Target): number => (rules === undefined ? READ : READ | constants.O_NOFOLLOW)

export const openForReading = (target: Target) =>
  throughGate({ ...target, need: 'read' }, (path) => open(path, flagsFor(target)))

export const readFile = async (target: Target): Promise<FileBytes> => {
  const handle = await openForReading(target)
  try {
    const { size } = await handle.stat()
    const limit = LIMITS.execServerFileBytes
    if (size > limit) throw new AppError('EXEC_FILE_TOO_LONG', { path: target.path, limit })
    const bytes = await handle.readFile()
    if (bytes.length > limit) throw new AppError('EXEC_FILE_TOO_LONG', { path: target.path, limit })
    return { dataBase64: bytes.toString('base64') }
  } finally {
    await handle.close()
  }
}

export const getMetadata = async (target: Target): Promise<FileMetadata> =>
  throughGate({ ...target, need: 'read' }, async (path) => {
    const isSymlink = (await lstat(target.path).catch(() => undefined))?.isSymbolicLink() ?? false
    return metadataOf(await stat(path), isSymlink)
  })

const metadataOf = (stats: Stats, isSymlink: boolean): FileMetadata => ({
  isDirectory: stats.isDirectory(),
  isFile: stats.isFile(),
  isSymlink,
  size: stats.size,
  createdAtMs: Math.floor(stats.birthtimeMs),
  modifiedAtMs: Math.floor(stats.mtimeMs),
})

/** Where a path really is tells only whoever may read it. */
export const canonicalize = async ({ path, rules }: Target): Promise<{ readonly path: string }> => {
  const real = await realpath(path)
  return throughGate({ path: real, rules, need: 'read' }, async () => ({ path: uriOf(real) }))
}

export const readDirectory = async (target: Target): Promise<{ readonly entries: readonly DirectoryEntry[] }> =>
  throughGate({ ...target, need: 'read' }, async (path) => {
    const entries: DirectoryEntry[] = []
    for await (const entry of await opendir(path)) {
      const limit = LIMITS.execServerEntries
      if (entries.length >= limit) throw new AppError('EXEC_FOLDER_TOO_LONG', { path: target.path, limit })
      entries.push({ fileName: entry.name, isDirectory: entry.isDirectory(), isFile: entry.isFile() })
    }
    return { entries: entries.toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1)) }
  })
