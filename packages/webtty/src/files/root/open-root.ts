/** Owns the one open folder that everything is reached from. */
import { closeSync, constants, fstatSync, openSync, readlinkSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { AppError } from '@towline/protocol'

/** The kernel's way to a name in an open folder; no other path is ever handed to the system. */
export const at = (fd: number, name: string): string => `/proc/self/fd/${fd}/${name}`

/** The kernel's way to what is open itself. */
export const opened = (fd: number): string => `/proc/self/fd/${fd}`

/** The served folder. */
export interface Root {
  readonly fd: number
  /** Paths under which the folder is known now; links whose text is absolute lead inside only by one of them. */
  names(): readonly string[]
  close(): void
}

/** Opens the folder once; it stays the one that is served whatever becomes of its path. Throws FILES_UNAVAILABLE. */
export const openRoot = (path: string): Root => {
  const named = resolve(path)
  const fd = openFolder(named)
  try {
    demandProc(fd, named)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  let open = true
  const close = (): void => {
    if (open) closeSync(fd)
    open = false
  }
  return { fd, names: () => [named, readlinkSync(opened(fd))], close }
}

const openFolder = (root: string): number => {
  try {
    return openSync(root, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    const { message } = error as Error
    throw new AppError('FILES_UNAVAILABLE', { root, problem: message }, { cause: error })
  }
}

/** Without /proc a path could only be resolved twice, so nothing is served at all. */
const demandProc = (fd: number, root: string): void => {
  const problem = 'this system has no /proc/self/fd, without which paths cannot be confined.'
  const fail = (): never => {
    throw new AppError('FILES_UNAVAILABLE', { root, problem })
  }
  if (process.platform !== 'linux') fail()
  try {
    const [one, other] = [fstatSync(fd, { bigint: true }), statSync(at(fd, '.'), { bigint: true })]
    if (one.ino !== other.ino || one.dev !== other.dev) fail()
  } catch {
    fail()
  }
}
