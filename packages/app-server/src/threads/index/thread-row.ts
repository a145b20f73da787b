/** Owns what the index holds of a rollout, and how that is read off the file: its beginning and its end, not all of it. */
import { open, stat } from 'node:fs/promises'
import { LIMITS } from '@towline/protocol'
import { type Json, text } from '../json.ts'
import { Projection } from '../projection/projection.ts'
import { parseLine } from '../rollout-line.ts'
import { threadIdOf } from '../rollout-path.ts'
import { rolloutFile } from '../rollout-reader.ts'
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

export const fileState = async (path: string, archived: boolean): Promise<FileState | undefined> => {
  try {
    const { size, mtimeMs } = await stat(path)
    return { path, archived, size, modifiedMs: Math.floor(mtimeMs) }
  } catch {
    return undefined
  }
}

/** Undefined for a file that is no rollout. */
export const readRow = async ({ path, archived, size, modifiedMs }: FileState): Promise<ThreadRow | undefined> => {
  const head = await readHead(path)
  const { meta, preview, name } = head
  if (!meta || meta.id !== threadIdOf(path)) return undefined
  const context = (size > LIMITS.threadHeadBytes ? await lastContext(path, size) : undefined) ?? head.context
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

const readHead = async (path: string): Promise<Projection> => {
  const head = new Projection()
  const source = rolloutFile(path, LIMITS.threadHeadBytes)
  for await (const line of source.lines(() => undefined)) head.push(line)
  return head
}

const lastContext = async (path: string, size: number): Promise<Json | undefined> => {
  const file = await open(path)
  try {
    const length = Math.min(size, LIMITS.threadTailBytes)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    const lines = buffer.toString('utf8').split('\n')
    return lines.map(parseLine).findLast((line) => line?.type === 'turn_context')?.payload
  } finally {
    await file.close()
  }
}
