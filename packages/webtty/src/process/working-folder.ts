/** Owns where a process starts: the folder that was asked for, or home, and what is wrong with it. */
import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { AppError } from '@towline/protocol'

type FolderError = 'FOLDER_UNKNOWN' | 'FOLDER_INVALID' | 'FOLDER_REFUSED'

const CODES: Readonly<Record<string, FolderError>> = {
  EACCES: 'FOLDER_REFUSED',
  EPERM: 'FOLDER_REFUSED',
  ENOTDIR: 'FOLDER_INVALID',
}

/** The absolute path; a relative one is beneath `home`. Throws FOLDER_UNKNOWN, FOLDER_INVALID, FOLDER_REFUSED. */
export const workingFolder = (asked: string | undefined, home: string): string => {
  const cwd = resolve(home, asked ?? '')
  if (cwd.includes('\0')) throw new AppError('FOLDER_UNKNOWN', { cwd })
  const problem = problemOf(cwd)
  if (problem === undefined) return cwd
  // Who asked for none is not refused for a home that is gone.
  if (asked === undefined) return '/'
  throw new AppError(problem, { cwd })
}

const problemOf = (cwd: string): FolderError | undefined => {
  try {
    if (!statSync(cwd).isDirectory()) return 'FOLDER_INVALID'
    accessSync(cwd, constants.X_OK)
    return undefined
  } catch (error) {
    return CODES[(error as NodeJS.ErrnoException).code ?? ''] ?? 'FOLDER_UNKNOWN'
  }
}
