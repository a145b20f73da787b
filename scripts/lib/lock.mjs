/** Owns taking turns between processes that install or build in one checkout. Only Node built-ins. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { root } from './run.mjs'

const RETRY_MS = 100

/** Runs `work` while no other process runs work of the same name. The lock of a process that was killed is taken over. */
export const alone = async (name, work, folder = join(root, '.towline')) => {
  const lock = join(folder, `${name}.lock`)
  mkdirSync(folder, { recursive: true })
  while (!take(lock)) await wait(RETRY_MS)
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** A link is made whole or not at all, so that nobody reads a lock without its owner. */
const take = (lock) => {
  const own = `${lock}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, lock)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (isDead(lock)) drop(lock)
    return false
  } finally {
    rmSync(own, { force: true })
  }
}

const isDead = (lock) => {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

/** Only one of those who saw a dead owner moves the lock away; who moved a living one puts it back. */
const drop = (lock) => {
  const moved = `${lock}.old.${process.pid}`
  try {
    renameSync(lock, moved)
    if (!isDead(moved)) linkSync(moved, lock)
  } catch {
    // Someone else was first.
  }
  rmSync(moved, { force: true })
}
