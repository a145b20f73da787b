/** Owns where the lines of a loaded thread go: its file, made with the first turn; of an ephemeral thread, memory. */
import type { Flock } from '@towline/base'
import { AppError } from '@towline/protocol'
import type { DatedLine, RolloutLine } from './rollout-line.ts'
import { type RolloutSource, rolloutFile } from './rollout-reader.ts'
import { type Disk, openRolloutWriter, type RolloutWriter } from './rollout-writer.ts'

export interface ThreadLog {
  /** Undefined for an ephemeral thread. */
  readonly path: string | undefined
  /** Whether there are lines. */
  readonly begun: boolean
  readonly source: RolloutSource
  /** Throws THREAD_UNWRITABLE, and THREAD_TAKEN when another server has it now; nothing is kept of them then. */
  append(...lines: readonly RolloutLine[]): void
  sync(): Promise<void>
  close(): void
}

interface FileLogOptions {
  readonly threadId: string
  readonly path: string
  /** Whether the file is there already. */
  readonly begun: boolean
  /** Held until the log is closed. */
  readonly lock: Flock
  /** Come before the first others. */
  readonly head: readonly RolloutLine[]
  /** Of the next line, where lines have one. */
  readonly ordinal?: number | undefined
  now(): number
  readonly disk?: Disk | undefined
}

export const openFileLog = ({ threadId, path, lock, head, now, disk, ...options }: FileLogOptions): ThreadLog => {
  let writer: RolloutWriter | undefined
  let { begun, ordinal } = options
  const numbered = (lines: readonly RolloutLine[]): readonly RolloutLine[] =>
    ordinal === undefined ? lines : lines.map((line, at) => ({ ...line, ordinal: (ordinal as number) + at }))
  return {
    path,
    get begun() {
      return begun
    },
    source: rolloutFile(path),
    append: (...lines) => {
      if (!lock.held()) throw new AppError('THREAD_TAKEN', { id: threadId })
      writer ??= openRolloutWriter({ threadId, path, now, disk })
      const all = begun ? lines : [...head, ...lines]
      writer.append(numbered(all))
      begun = true
      if (ordinal !== undefined) ordinal += all.length
    },
    sync: async () => await writer?.sync(),
    close: () => {
      writer?.close()
      lock.release()
    },
  }
}

export const openMemoryLog = (head: readonly RolloutLine[], now: () => number): ThreadLog => {
  const kept: DatedLine[] = []
  const keep = (lines: readonly RolloutLine[]): void => {
    const timestamp = new Date(now()).toISOString()
    for (const line of lines) kept.push({ timestamp, ...line })
  }
  keep(head)
  return {
    path: undefined,
    begun: true,
    source: {
      async *lines() {
        yield* kept
      },
    },
    append: (...lines) => keep(lines),
    sync: () => Promise.resolve(),
    close: () => kept.splice(0),
  }
}
