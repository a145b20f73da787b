/** Owns removing all that carries some labels, whatever it is, and telling what is left. */
import { AGENT_LABELS, AppError, hasLabels, type Labels, shown, validateLabels } from '@towline/protocol'
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
  const { cleaners, signal, dryRun = false } = request
  const cleaning: Cleaning = { labels: cleanupLabels(request), signal, dryRun }
  const ended: Ended[] = []
  for (const cleaner of cleaners) ended.push({ cleaner, ...(await endAll(cleaner, cleaning)) })
  // Looked at last: where whoever serves a tunnel is gone, the tunnel is ended all the same.
  const left: Looked[] = []
  for (const one of ended) left.push(await leftOf(one, cleaning))
  const remaining = once(left.flatMap(({ found }) => found))
  const ids = new Set(remaining.map(idOf))
  return {
    removed: once(ended.flatMap(({ found }) => found)).filter((item) => !ids.has(idOf(item))),
    failed: [...ended, ...left]
      .flatMap(({ failed }) => failed)
      .filter(({ item }) => item === undefined || ids.has(idOf(item))),
    remaining,
  }
}

/** Of what may be found by two cleaners, such as a tunnel and what it is served by, the first. */
const once = (items: readonly CleanupItem[]): readonly CleanupItem[] => {
  const first = new Map<string, CleanupItem>()
  for (const item of items) if (!first.has(idOf(item))) first.set(idOf(item), item)
  return [...first.values()]
}

const idOf = ({ id, tunnelId = id }: CleanupItem): string => tunnelId

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

interface Looked {
  readonly found: readonly CleanupItem[]
  readonly failed: readonly CleanupFailure[]
}

interface Ended extends Looked {
  readonly cleaner: Cleaner
}

const endAll = async (cleaner: Cleaner, cleaning: Cleaning): Promise<Looked> => {
  const { kind } = cleaner
  try {
    const found = await listed(cleaner, cleaning)
    const failed: CleanupFailure[] = []
    for (const item of cleaning.dryRun ? [] : found) {
      const code = await removal(cleaner, item, cleaning)
      if (code !== undefined) failed.push({ kind, item, code })
    }
    return { found, failed }
  } catch (error) {
    return { found: [], failed: [{ kind, code: codeOf(error, cleaning) }] }
  }
}

/** What cannot be looked at again counts as still there. */
const leftOf = async ({ cleaner, found }: Ended, cleaning: Cleaning): Promise<Looked> => {
  if (cleaning.dryRun || found.length === 0) return { found, failed: [] }
  const again = await endAll(cleaner, { ...cleaning, dryRun: true })
  return again.failed.length > 0 ? { ...again, found } : again
}

/** Whoever lists may list more: nothing that lacks a label is touched. */
const listed = async ({ list }: Cleaner, { labels, signal }: Cleaning): Promise<readonly CleanupItem[]> =>
  (await list(labels, signal)).filter((item) => hasLabels(item.labels, labels))

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
