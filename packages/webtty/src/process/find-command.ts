/** Owns finding the program of a command as a shell would, so that what is wrong with it is said before anything starts. */
import { accessSync, constants, statSync, type Stats } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { AppError } from '@towline/protocol'

/** Why a path is no program, or undefined for one that is. */
type Problem = 'missing' | 'folder' | 'forbidden'

const SENTENCES: Readonly<Record<Exclude<Problem, 'missing'>, string>> = {
  folder: 'it is a folder.',
  forbidden: 'it may not be executed.',
}

/** The absolute path of `command`, by PATH when it has no slash. Throws COMMAND_UNKNOWN, COMMAND_REFUSED. */
export const findCommand = (
  command: string,
  { path, cwd }: { readonly path: string; readonly cwd: string },
): string => {
  if (command === '') throw new AppError('COMMAND_UNKNOWN', { command })
  const candidates = command.includes('/')
    ? [resolve(cwd, command)]
    : path.split(':').map((folder) => join(isAbsolute(folder) ? folder : join(cwd, folder), command))
  let refused: Exclude<Problem, 'missing'> | undefined
  for (const candidate of candidates) {
    const problem = problemOf(candidate)
    if (problem === undefined) return candidate
    if (problem !== 'missing') refused ??= problem
  }
  if (refused === undefined) throw new AppError('COMMAND_UNKNOWN', { command })
  throw new AppError('COMMAND_REFUSED', { command, problem: SENTENCES[refused] })
}

const problemOf = (path: string): Problem | undefined => {
  const stats = statOf(path)
  if (stats === 'EACCES') return 'forbidden'
  if (stats === undefined) return 'missing'
  if (stats.isDirectory()) return 'folder'
  try {
    accessSync(path, constants.X_OK)
    return undefined
  } catch {
    return 'forbidden'
  }
}

const statOf = (path: string): Stats | 'EACCES' | undefined => {
  try {
    return statSync(path)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'EACCES' : undefined
  }
}
