/** Owns whether a place for a socket is one where nobody else of this machine can put theirs. */
import type { Stats } from 'node:fs'
import { lstat, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const OTHERS_WRITE = 0o002
/** In such a folder only its owner takes a file away. */
const STICKY = 0o1000

/** Why somebody else may wait at `path`, now or in a moment; undefined where nobody can, and where there is no folder. */
export const socketFlaw = async (path: string): Promise<string | undefined> => {
  const folder = dirname(path)
  const [link, target] = await Promise.all([lstat(folder), stat(folder)].map((one) => one.catch(() => undefined)))
  if (!link || !target) return undefined
  if (!isOurs(link) || !isOurs(target)) return 'its folder belongs to somebody else'
  if ((target.mode & OTHERS_WRITE) !== 0 && (target.mode & STICKY) === 0) return 'others may write to its folder'
  // Of a link its maker, who may let it lead elsewhere.
  const [own, leads] = await Promise.all([lstat(path), stat(path)].map((one) => one.catch(() => undefined)))
  return [own, leads].every((one) => one === undefined || isOurs(one)) ? undefined : 'it belongs to somebody else'
}

/** Or the system's. */
const isOurs = ({ uid }: Stats): boolean => uid === 0 || process.geteuid === undefined || uid === process.geteuid()
