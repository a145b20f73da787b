/** Owns going through a folder in order, as deep as asked, from where a page before ended. */
import { closeSync } from 'node:fs'
import { type AppError, type Limits } from '@towline/protocol'
import { toFileError, unless } from '../root/errno.ts'
import { sortedNames } from '../root/names.ts'
import type { Step } from '../root/spot.ts'
import { stepTo } from '../root/walk.ts'

/** One entry: open while it is looked at, or why it could not be opened. */
export interface Entry {
  /** Below the folder that is listed. */
  readonly parts: readonly string[]
  readonly step?: Step
  readonly error?: AppError
}

export interface ListOptions {
  /** Folders below the first that are entered. */
  readonly depth: number
  /** The last entry of the page before. */
  readonly after?: readonly string[]
  readonly limits: Limits
  readonly signal: AbortSignal
}

/**
 * Entries of an open folder, a folder before what it holds. Links are never followed, so nothing leads out. What vanishes
 * meanwhile is left out.
 */
export const listFolder = async function* (
  fd: number,
  options: ListOptions,
  above: readonly string[] = [],
): AsyncGenerator<Entry> {
  const { after: [resumed, ...below] = [], depth, limits, signal } = options
  if (resumed !== undefined && below.length > 0) yield* enter(fd, [...above, resumed], { ...options, after: below })
  else if (resumed !== undefined) yield* enter(fd, [...above, resumed], { ...options, after: [] })
  for await (const name of sortedNames(fd, limits, resumed)) {
    signal.throwIfAborted()
    const parts = [...above, name]
    const step = tryStep(fd, name)
    if (step === undefined) continue
    if (!('fd' in step)) yield { parts, error: step }
    else yield* withStep(step, parts, { ...options, after: [], depth })
  }
}

const withStep = async function* (step: Step, parts: readonly string[], options: ListOptions): AsyncGenerator<Entry> {
  try {
    yield { parts, step }
    if (step.stat.isDirectory()) yield* deeper(step.fd, parts, options)
  } finally {
    closeSync(step.fd)
  }
}

const deeper = async function* (fd: number, parts: readonly string[], options: ListOptions): AsyncGenerator<Entry> {
  if (options.depth === 0) return
  try {
    yield* listFolder(fd, { ...options, depth: options.depth - 1 }, parts)
  } catch (error) {
    const known = toFileError(error)
    if (!isAppError(known) || options.signal.aborted) throw error
    yield { parts, error: known }
  }
}

/** A folder whose own entry was on the page before. */
const enter = async function* (fd: number, parts: readonly string[], options: ListOptions): AsyncGenerator<Entry> {
  const step = tryStep(fd, parts.at(-1) as string)
  if (step === undefined || !('fd' in step)) return
  try {
    if (step.stat.isDirectory()) yield* deeper(step.fd, parts, options)
  } finally {
    closeSync(step.fd)
  }
}

const tryStep = (fd: number, name: string): Step | AppError | undefined => {
  try {
    return unless(name.includes('\ufffd') ? [] : ['ENOENT'], () => stepTo(fd, name))
  } catch (error) {
    const known = toFileError(error)
    if (isAppError(known)) return known
    throw error
  }
}

const isAppError = (error: unknown): error is AppError => error instanceof Error && error.name === 'AppError'
