/** Owns opening the regular file that a walk has found, by what is held open and never by a path. */
import { type BigIntStats, closeSync, constants, fstatSync, openSync } from 'node:fs'
import { toFileError } from './errno.ts'
import { opened } from './open-root.ts'
import { demandFile, type Spot } from './spot.ts'

export interface OpenFile extends Disposable {
  readonly fd: number
  readonly stat: BigIntStats
}

/** Opens it for reading. Pipes and devices are refused before: opening those may wait or do something. */
export const openFile = (spot: Spot): OpenFile => {
  const { fd: found } = demandFile(spot)
  try {
    // O_NONBLOCK: a file under a lease must not hold up everyone else.
    return held(openSync(opened(found), constants.O_RDONLY | constants.O_NONBLOCK))
  } catch (error) {
    throw toFileError(error)
  }
}

const held = (fd: number): OpenFile => {
  let open = true
  const close = (): void => {
    if (open) closeSync(fd)
    open = false
  }
  return { fd, stat: fstatSync(fd, { bigint: true }), [Symbol.dispose]: close }
}
