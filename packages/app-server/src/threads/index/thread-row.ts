/** Owns what the index holds of a rollout, and how that is read off the file: its beginning and its end, not all of it. */
import { statSync } from 'node:fs'
import { open } from 'node:fs/promises'
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
  const head = await readHead(path)
  if (head.meta?.id !== threadIdOf(path)) return undefined
  await readTail(path, size, head)
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

/** Until it says what the thread is about. */
const readHead = async (path: string): Promise<Projection> => {
  const head = new Projection()
  const source = rolloutFile(path, LIMITS.threadHeadBytes)
  for await (const line of source.lines(() => undefined)) {
    head.push(line)
    if (head.meta && head.preview && head.context) break
  }
  return head
}

/** What was changed last. */
const TAIL = new Set(['turn_context', 'towline_settings', 'towline_git'])

const readTail = async (path: string, size: number, into: Projection): Promise<void> => {
  const file = await open(path)
  try {
    const length = Math.min(size, LIMITS.threadTailBytes)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    for (const text of buffer.toString('utf8').split('\n')) {
      const line = parseLine(text)
      if (line && TAIL.has(line.type)) into.push(line)
    }
  } finally {
    await file.close()
  }
}
