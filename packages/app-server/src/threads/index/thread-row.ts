/** Owns what the index holds of a rollout, and how that is read off the file: its beginning and its end, not all of it. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { LIMITS } from '@towline/protocol'
import { text } from '../json.ts'
import { Projection } from '../projection/projection.ts'
import { parseLine } from '../rollout-line.ts'
import { threadIdOf } from '../rollout-path.ts'
import { rolloutFile } from '../rollout-reader.ts'
import type { SessionMeta } from '../session-meta.ts'
import { secondsOf, sourceKind } from '../thread-view.ts'

export interface ThreadRow {
  readonly id: string
  readonly sessionId: string
  readonly path: string
  readonly archived: 0 | 1
  /** Unix seconds. */
  readonly createdAt: number
  readonly updatedAt: number
  /** Of the file, by which a change is seen. */
  readonly size: number
  readonly modifiedMs: number
  readonly preview: string
  readonly name: string | null
  readonly cwd: string
  readonly model: string | null
  readonly effort: string | null
  readonly modelProvider: string
  /** JSON. */
  readonly source: string
  readonly sourceKind: string
  readonly originator: string | null
  readonly threadSource: string | null
  readonly cliVersion: string
  readonly forkedFromId: string | null
  /** JSON. */
  readonly git: string | null
}

export interface FileState {
  readonly path: string
  readonly archived: boolean
  readonly size: number
  readonly modifiedMs: number
}

/** Undefined where none is. A look at the disk at once takes a fraction of what it takes later. */
export const fileState = (path: string, archived: boolean): FileState | undefined => {
  try {
    const { size, mtimeMs } = statSync(path)
    return { path, archived, size, modifiedMs: Math.floor(mtimeMs) }
  } catch {
    return undefined
  }
}

/** Undefined for a file that is no rollout. */
export const readRow = async ({ path, archived, size, modifiedMs }: FileState): Promise<ThreadRow | undefined> => {
  const { first, last } = readEnds(path, size)
  const head = await readHead(path, first, size <= LIMITS.threadTailBytes)
  if (head.meta?.id !== threadIdOf(path)) return undefined
  hearTail(last, head)
  const { context, preview, name } = head
  const meta = head.meta as SessionMeta
  return {
    ...{ id: meta.id, sessionId: meta.sessionId, path, archived: archived ? 1 : 0 },
    ...{ createdAt: secondsOf(meta.timestamp), updatedAt: Math.floor(modifiedMs / 1000), size, modifiedMs },
    ...{ preview: preview.slice(0, LIMITS.threadNameChars), name: name ?? null },
    ...{ cwd: text(context?.['cwd']) ?? meta.cwd, model: text(context?.['model']) ?? null },
    ...{ effort: text(context?.['effort']) ?? null, modelProvider: meta.modelProvider },
    ...{ source: JSON.stringify(meta.source), sourceKind: sourceKind(meta.source), originator: meta.originator },
    ...{ threadSource: meta.threadSource, cliVersion: meta.cliVersion, forkedFromId: meta.forkedFromId },
    git: meta.git && JSON.stringify(meta.git),
  }
}

/** What it is about, by its first lines; those are seldom long. */
const readHead = async (path: string, first: string, whole: boolean): Promise<Projection> => {
  const head = new Projection()
  const lines = first.split('\n')
  for (const text of whole ? lines : lines.slice(0, -1)) {
    const line = parseLine(text)
    if (line) head.push(line)
    if (isKnown(head)) return head
  }
  return whole ? head : await readLongHead(path)
}

const isKnown = ({ meta, preview, context }: Projection): boolean => !!meta && preview !== '' && !!context

const readLongHead = async (path: string): Promise<Projection> => {
  const head = new Projection()
  const source = rolloutFile(path, LIMITS.threadHeadBytes)
  for await (const line of source.lines(() => undefined)) {
    head.push(line)
    if (isKnown(head)) break
  }
  return head
}

/** What was changed last. */
const TAIL = new Set(['turn_context', 'towline_settings', 'towline_git'])

const hearTail = (last: string, into: Projection): void => {
  for (const text of last.split('\n')) {
    const line = parseLine(text)
    if (line && TAIL.has(line.type)) into.push(line)
  }
}

/** At once: later, with thousands of files, it would take many times as long. */
const readEnds = (path: string, size: number): { readonly first: string; readonly last: string } => {
  const length = Math.min(size, LIMITS.threadTailBytes)
  const bytes = Buffer.alloc(length)
  const file = openSync(path, 'r')
  try {
    const textAt = (at: number): string => bytes.toString('utf8', 0, readSync(file, bytes, 0, length, at))
    const first = textAt(0)
    return { first, last: size > length ? textAt(size - length) : first }
  } finally {
    closeSync(file)
  }
}
