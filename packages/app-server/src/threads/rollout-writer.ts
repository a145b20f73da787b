/** Owns writing a rollout: whole lines at its end and nothing else, also when the process dies or the disk is full. */
import { closeSync, constants, fdatasync, fstatSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { AppError } from '@towline/protocol'
import { lineText, type RolloutLine } from './rollout-line.ts'

export interface RolloutWriter {
  readonly path: string
  /**
   * All of it in one write. Throws THREAD_UNWRITABLE when it could not be written; the file is then as it was before, and a
   * later call may succeed.
   */
  append(lines: readonly RolloutLine[]): void
  /** What was appended survives a power cut then. Throws THREAD_UNWRITABLE. */
  sync(): Promise<void>
  close(): void
}

/** What the disk does, for tests to have it fail. */
export interface Disk {
  /** At the end of the file, whoever wrote there last. */
  write(fd: number, bytes: Uint8Array): number
  sync(fd: number): Promise<void>
}

const DISK: Disk = {
  write: (fd, bytes) => writeSync(fd, bytes),
  sync: promisify(fdatasync),
}

interface Opening {
  readonly threadId: string
  readonly path: string
  now(): number
  readonly disk?: Disk | undefined
}

/** Makes the file, which only we may read, when it is not there; goes on at its end when it is. Throws THREAD_UNWRITABLE. */
export const openRolloutWriter = ({ threadId, path, now, disk = DISK }: Opening): RolloutWriter => {
  const refused = (error: unknown): AppError =>
    new AppError('THREAD_UNWRITABLE', { id: threadId, problem: sentence(error as NodeJS.ErrnoException) })
  const guarded = <T>(act: () => T): T => {
    try {
      return act()
    } catch (error) {
      throw refused(error)
    }
  }
  const fd = guarded(() => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600)
  })
  let open = true
  let length = fstatSync(fd).size

  const writeAll = (bytes: Uint8Array): void => {
    let written = 0
    try {
      while (written < bytes.length) written += disk.write(fd, bytes.subarray(written))
    } catch (error) {
      // Half a line would make the next one unreadable.
      ftruncateSync(fd, length)
      throw error
    }
    length += bytes.length
  }

  return {
    path,
    append: (lines) => {
      if (!open || lines.length === 0) return
      const at = now()
      guarded(() => writeAll(Buffer.from(lines.map((line) => lineText(line, at)).join(''))))
    },
    sync: async () => {
      if (!open) return
      try {
        await disk.sync(fd)
      } catch (error) {
        if (open) throw refused(error)
      }
    },
    close: () => {
      if (open) closeSync(fd)
      open = false
    },
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full.',
  EDQUOT: 'the quota of the disk is used up.',
  EROFS: 'the disk cannot be written.',
  EACCES: 'permission was denied.',
  EIO: 'the disk failed.',
}

const sentence = ({ code, message }: NodeJS.ErrnoException): string => PROBLEMS[code ?? ''] ?? `${code ?? message}.`
