/** Owns which project a folder belongs to, and whether a person said to trust it. */
import { realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '@towline/protocol'
import type { Settings } from './shape.ts'

export interface Project {
  /** Real path of the folder that was asked about. */
  readonly cwd: string
  /** The nearest folder above it with a `.git`; itself where there is none. */
  readonly root: string
  /** From the root down to the folder. */
  readonly folders: readonly string[]
}

/** Rejects with FOLDER_UNKNOWN. */
export const projectOf = async (folder: string): Promise<Project> => {
  const cwd = await realpath(folder).catch(() => {
    throw new AppError('FOLDER_UNKNOWN', { cwd: folder })
  })
  const above = upFrom(cwd)
  for (const [at, one] of above.entries())
    if (await isThere(join(one, '.git'))) return { cwd, root: one, folders: above.slice(0, at + 1).toReversed() }
  return { cwd, root: cwd, folders: [cwd] }
}

/** Undefined where nobody decided. */
export const trustOf = async (
  { cwd, root }: Project,
  projects: Settings['projects'] = {},
): Promise<'trusted' | 'untrusted' | undefined> => {
  for (const folder of [cwd, root])
    for (const [key, { trust_level: level }] of Object.entries(projects))
      if (level !== undefined && (key === folder || (await realpath(key).catch(() => key)) === folder)) return level
  return undefined
}

const upFrom = (folder: string): readonly string[] => {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...upFrom(parent)]
}

const isThere = async (path: string): Promise<boolean> =>
  await stat(path).then(
    () => true,
    () => false,
  )
