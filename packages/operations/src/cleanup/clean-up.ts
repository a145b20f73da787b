/** Owns removing all that carries some labels, whatever it is, and telling what is left. */
import { AGENT_LABELS, AppError, type Labels, shown, validateLabels } from '@towline/protocol'
import type { Cleaner, CleanupItem } from './cleaner.ts'

/** What is meant: all of it must hold. */
export interface CleanupSelection {
  readonly labels?: Labels | undefined
  /** Of the agent, as its client tells it. */
  readonly thread?: string | undefined
  readonly purpose?: string | undefined
}

export interface CleanupRequest extends CleanupSelection {
  /** In this order. */
  readonly cleaners: readonly Cleaner[]
  /** Only look. */
  readonly dryRun?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

export interface CleanupFailure {
  /** Absent when things of that kind could not even be listed. */
  readonly item?: CleanupItem
  readonly kind: string
  /** Of the error. */
  readonly code: string
}

export interface CleanupReport {
  readonly removed: readonly CleanupItem[]
  readonly failed: readonly CleanupFailure[]
  /** What carries the labels now; with `dryRun`, what would be removed. */
  readonly remaining: readonly CleanupItem[]
}

/**
 * May run again and again: what is gone is no failure. Throws SELECTION_EMPTY, as nothing named would mean everything, and
 * LABEL_INVALID.
 */
export const cleanUp = async (request: CleanupRequest): Promise<CleanupReport> => {
  const labels = cleanupLabels(request)
  const { cleaners, signal, dryRun = false } = request
  const parts = []
  for (const cleaner of cleaners) parts.push(await cleanOne(cleaner, { labels, signal, dryRun }))
  return {
    removed: parts.flatMap(({ removed }) => removed),
    failed: parts.flatMap(({ failed }) => failed),
    remaining: parts.flatMap(({ remaining }) => remaining),
  }
}

/** As labels, the way {@link agentLabels} writes them. Throws SELECTION_EMPTY or LABEL_INVALID. */
export const cleanupLabels = ({ labels = {}, thread, purpose }: CleanupSelection): Labels => {
  const own: Labels = {
    ...(thread !== undefined && { [AGENT_LABELS.thread]: shown(thread) }),
    ...(purpose !== undefined && { [AGENT_LABELS.purpose]: shown(purpose) }),
  }
  const other = Object.keys(own).find((key) => Object.hasOwn(labels, key) && labels[key] !== own[key])
  if (other !== undefined) throw new AppError('LABEL_INVALID', { label: other, problem: 'it is given twice' })
  const all = validateLabels({ ...labels, ...own })
  if (Object.keys(all).length === 0) throw new AppError('SELECTION_EMPTY')
  return all
}

interface Cleaning {
  readonly labels: Labels
  readonly signal: AbortSignal | undefined
  readonly dryRun: boolean
}

const cleanOne = async (cleaner: Cleaner, cleaning: Cleaning): Promise<CleanupReport> => {
  const { kind } = cleaner
  try {
    const found = await listed(cleaner, cleaning)
    if (cleaning.dryRun) return { removed: [], failed: [], remaining: found }
    const removed: CleanupItem[] = []
    const failed: CleanupFailure[] = []
    for (const item of found) {
      const code = await removal(cleaner, item, cleaning)
      if (code === undefined) removed.push(item)
      else failed.push({ kind, item, code })
    }
    return { removed, failed, remaining: found.length === 0 ? [] : await listed(cleaner, cleaning) }
  } catch (error) {
    return { removed: [], failed: [{ kind, code: codeOf(error, cleaning) }], remaining: [] }
  }
}

/** Whoever lists may list more: nothing that lacks a label is touched. */
const listed = async ({ list }: Cleaner, { labels, signal }: Cleaning): Promise<readonly CleanupItem[]> =>
  (await list(labels, signal)).filter((item) =>
    Object.entries(labels).every(([key, value]) => Object.hasOwn(item.labels, key) && item.labels[key] === value),
  )

/** The code of why not. */
const removal = async ({ remove }: Cleaner, item: CleanupItem, cleaning: Cleaning): Promise<string | undefined> => {
  try {
    await remove(item, cleaning.signal)
    return undefined
  } catch (error) {
    const code = codeOf(error, cleaning)
    return code === 'NOT_FOUND' ? undefined : code
  }
}

/** Ours, and being told to stop, end the whole. */
const codeOf = (error: unknown, { signal }: Cleaning): string => {
  if (signal?.aborted) throw signal.reason
  if (error instanceof AppError) return error.code
  throw error
}
