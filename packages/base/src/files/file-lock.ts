/**
 * Owns taking turns between processes over a file: a lock is a file beside it, linked into place whole, so that nobody reads
 * one without its holder.
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import { isGone } from '../process/is-gone.ts'
import { type LockFolder, releaseLock, takeLock } from './lock-steps.ts'
import { cannotWrite } from './private-file.ts'

const RETRY_MS = 20

/** Runs `work` while no other process and no other call runs work for the same file. Rejects with CONTEXT_BUSY. */
export const withFileLock = async <T>(
  file: string,
  work: () => Promise<T>,
  limits: Pick<Limits, 'contextLockMs'> = LIMITS,
): Promise<T> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw cannotWrite(file, error)
  })
  const until = performance.now() + limits.contextLockMs
  const folder = folderOf(file)
  let own = await takeLock(folder, newHolder())
  while (own === undefined) {
    if (performance.now() > until) throw new AppError('CONTEXT_BUSY', { file })
    await wait(RETRY_MS + Math.random() * RETRY_MS)
    own = await takeLock(folder, newHolder())
  }
  try {
    return await work()
  } finally {
    await releaseLock(folder, own)
  }
}

const folderOf = (file: string): LockFolder => {
  const path = (number: number): string => `${file}.lock.${number}`
  return {
    numbers: () => numbers(file),
    holder: (number) => holderOf(path(number)),
    create: (number, holder) => create(path(number), holder),
    remove: (number) => remove(path(number)),
    isOver: (number, holder) => isOver(path(number), holder),
  }
}

const newHolder = (): string =>
  JSON.stringify({ host: hostname(), pid: process.pid, id: randomBytes(6).toString('hex') })

/** Numbers of the locks that are there, ascending. */
const numbers = async (file: string): Promise<readonly number[]> => {
  const prefix = `${basename(file)}.lock.`
  const names = await readdir(dirname(file))
  const found = names.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []))
  return found
    .filter((rest) => /^\d{1,6}$/.test(rest))
    .map(Number)
    .sort((a, b) => a - b)
}

/** Whether it was not there yet. */
const create = async (path: string, holder: string): Promise<boolean> => {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeFile(draft, holder, { flag: 'wx', mode: 0o600 })
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw cannotWrite(path, error)
  } finally {
    await remove(draft)
  }
}

const holderOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined)

/** Whether the holder is gone, or holds it longer than any work takes. */
const isOver = async (path: string, holder: string): Promise<boolean> => {
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
  if (age > LIMITS.contextLockStaleMs) return true
  const { host, pid } = readHolder(holder)
  return host === hostname() && pid !== undefined && isGone(pid)
}

const readHolder = (text: string): { readonly host?: string; readonly pid?: number } => {
  try {
    return JSON.parse(text) as { host: string; pid: number }
  } catch {
    return {}
  }
}

const remove = (path: string): Promise<void> => unlink(path).catch(() => undefined)
