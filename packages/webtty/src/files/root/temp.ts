/** Owns files that are written beside their target and take its place at once, or never. */
import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
} from 'node:fs'
import { promisify } from 'node:util'
import { randomText } from '@towline/base'
import { AppError } from '@towline/protocol'
import { unless } from './errno.ts'
import { at, opened } from './open-root.ts'
import type { Spot } from './spot.ts'

const sync = promisify(fsync)

/** 124 random bits: nobody can put something under the name before. */
const RANDOM_CHARS = 24
const TEMP = new RegExp(`^\\.towline-[a-z0-9]{${RANDOM_CHARS}}\\.part$`)

/** Whether a name can be one of ours. */
export const isTempName = (name: string): boolean => TEMP.test(name)

export const tempName = (): string => `.towline-${randomText(RANDOM_CHARS)}.part`

const NEW = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const PRIVATE = 0o600

/** Makes an empty file that only its owner may read. */
export const createTemp = (folder: number, name: string): number => openSync(at(folder, name), NEW, PRIVATE)

/** Takes away what is under the name of a temporary file, if anything is. */
export const dropTemp = (folder: number, name: string): void => {
  unless(['ENOENT', 'EACCES', 'EPERM', 'EROFS'], () => unlinkSync(at(folder, name)))
}

/** What the file is to be once it is in place. */
export interface Landing {
  /** Permission bits; those of the file it replaces when absent, else 0666 less the umask. */
  readonly mode?: number
  /** Looks at what is there now, just before; throws to leave it. */
  readonly check?: (now: BigIntStats | undefined) => void
}

export interface Landed {
  readonly stat: BigIntStats
  /** Nothing was there before. */
  readonly created: boolean
}

/** Puts a written file in place: on the disk first, then under its name at once, then the name on the disk. */
export const landTemp = async (
  spot: Pick<Spot, 'parent' | 'name'>,
  temp: { fd: number; name: string },
  landing: Landing,
): Promise<Landed> => {
  const before = look(spot.parent, spot.name)
  dress(temp.fd, landing.mode, before)
  await sync(temp.fd)
  // From here to the rename nothing else of this process runs, so of two writers with one condition exactly one lands.
  const now = look(spot.parent, spot.name)
  landing.check?.(now)
  if (now?.isDirectory() === true) throw new AppError('FILE_IS_FOLDER')
  demandOurs(spot.parent, temp)
  renameSync(at(spot.parent, temp.name), at(spot.parent, spot.name))
  await syncFolder(spot.parent)
  return { stat: fstatSync(temp.fd, { bigint: true }), created: now === undefined }
}

/** What is under a name now, a link as a link. */
export const look = (folder: number, name: string): BigIntStats | undefined =>
  unless(['ENOENT'], () => lstatSync(at(folder, name), { bigint: true }))

const MODE_BITS = 0o777
const DEFAULT_MODE = 0o666

/** Owner and mode as those of the file before, as far as this user may. */
const dress = (fd: number, mode: number | undefined, before: BigIntStats | undefined): void => {
  const kept = before?.isFile() === true ? before : undefined
  if (kept !== undefined) unless(['EPERM'], () => fchownSync(fd, Number(kept.uid), Number(kept.gid)))
  const wanted = mode === undefined ? undefined : mode & ~process.umask()
  fchmodSync(fd, (wanted ?? (kept === undefined ? DEFAULT_MODE & ~process.umask() : Number(kept.mode))) & MODE_BITS)
}

/** Whoever may write to the folder may have put something else under the name. */
const demandOurs = (folder: number, { fd, name }: { fd: number; name: string }): void => {
  const [there, ours] = [look(folder, name), fstatSync(fd, { bigint: true })]
  if (there?.ino !== ours.ino || there.dev !== ours.dev) throw new AppError('FILE_CHANGED')
}

/** Brings the names of a folder onto the disk; a file system that cannot is left alone. */
export const syncFolder = async (folder: number): Promise<void> => {
  const fd = unless(['EACCES', 'EPERM'], () => openSync(opened(folder), constants.O_RDONLY | constants.O_DIRECTORY))
  if (fd === undefined) return
  try {
    await sync(fd)
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    closeSync(fd)
  }
}
