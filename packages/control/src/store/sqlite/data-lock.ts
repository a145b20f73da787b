/** Owns that one server uses a data folder: a lock the operating system drops when its holder dies, however it dies. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@towline/protocol'
import Database from 'libsql'

/** A held lock. `release` twice is harmless. */
export interface DataLock {
  release(): void
}

/**
 * Takes the lock in `folder`, or throws ALREADY_RUNNING with the process that holds it; `dir` names the data. The lock is an open exclusive
 * transaction on an empty database, so it also holds between two servers in one process.
 */
export const lockData = (folder: string, dir: string): DataLock => {
  const pidFile = join(folder, 'server.pid')
  const lock = new Database(join(folder, 'lock'))
  try {
    lock.exec('pragma journal_mode = memory')
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error
    throw new AppError('ALREADY_RUNNING', { dir, pid: readPid(pidFile) })
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
  let held = true
  return {
    release() {
      if (!held) return
      held = false
      rmSync(pidFile, { force: true })
      // Closing alone may wait for the garbage collector.
      lock.exec('rollback')
      lock.close()
    },
  }
}

const readPid = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim().slice(0, 10) || 'unknown'
  } catch {
    return 'unknown'
  }
}
