/** Owns the lock that other programs of this machine respect (flock(2)): held by this process, and gone with it however it ends. */
import { spawn } from 'node:child_process'
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '@towline/protocol'
import { randomText } from '../ids.ts'

export interface Flock {
  /** Whether nobody put another file in its place. */
  held(): boolean
  /** Says in the file who holds it. Twice is harmless. */
  release(): void
}

/** In <sys/fcntl.h> of macOS; there it is a flag of opening, elsewhere a call that Node does not have. */
const EXCLUSIVE_LOCK = 0x20
const MAC = process.platform === 'darwin'

/** Undefined while another process holds it. `note` is written into the file while it is held. Rejects where locks cannot be had. */
export const tryFlock = async (path: string, note = ''): Promise<Flock | undefined> => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const fd = await lockedAt(path)
  if (fd === undefined) return undefined
  if (!samePlace(fd, path)) {
    // Who held it removed the file meanwhile.
    closeSync(fd)
    return await tryFlock(path, note)
  }
  return hold(fd, path, note)
}

/** Puts a locked file in the place of the one that another process holds: that one can find out by `held`, and no other way. */
export const replaceFlock = async (path: string, note = ''): Promise<Flock> => {
  const own = `${path}.${randomText(8)}`
  const fd = await lockedAt(own)
  if (fd === undefined) throw new Error(`${own} is new, and locked`)
  renameSync(own, path)
  return hold(fd, path, note)
}

/** What the holder says of itself; empty when it says nothing. */
export const flockNote = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const hold = (fd: number, path: string, note: string): Flock => {
  let open = true
  ftruncateSync(fd, 0)
  writeSync(fd, note, 0)
  return {
    held: () => open && samePlace(fd, path),
    release: () => {
      if (!open) return
      open = false
      ftruncateSync(fd, 0)
      closeSync(fd)
    },
  }
}

const samePlace = (fd: number, path: string): boolean => {
  try {
    const [ours, there] = [fstatSync(fd), statSync(path)]
    return ours.ino === there.ino && ours.dev === there.dev
  } catch {
    return false
  }
}

/** The descriptor, which has the lock; the program `flock` takes it for us on the descriptor that it inherits. */
const lockedAt = async (path: string): Promise<number | undefined> => {
  const flags = constants.O_RDWR | constants.O_CREAT | (MAC ? EXCLUSIVE_LOCK | constants.O_NONBLOCK : 0)
  let fd: number | undefined
  try {
    fd = openSync(path, flags, 0o600)
    if (MAC || (await flock(fd))) return fd
    closeSync(fd)
    return undefined
  } catch (error) {
    if (MAC && (error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined
    if (fd !== undefined) closeSync(fd)
    throw error
  }
}

/** Its status when another process has the lock. */
const BUSY = 1

const flock = (fd: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const child = spawn('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
    child.once('error', (error: NodeJS.ErrnoException) => {
      const about = { program: 'flock', package: 'util-linux' }
      reject(error.code === 'ENOENT' ? new AppError('PROGRAM_MISSING', about, { cause: error }) : error)
    })
    child.once('exit', (status) => {
      if (status === 0 || status === BUSY) resolve(status === 0)
      else reject(new Error(`flock ended with ${status}`))
    })
  })
