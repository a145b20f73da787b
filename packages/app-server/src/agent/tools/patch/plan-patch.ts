/** Owns working out what a patch makes of files, all of them before any is written. */
import { resolve } from 'node:path'
import type { FileUpdateChange } from '@towline/protocol'
import { ToolRefusal } from '../own-tool.ts'
import { applyChunks } from './apply-chunks.ts'
import type { FilePatch } from './parse-patch.ts'
import { unifiedDiff } from './unified-diff.ts'

/** One file, from what it was to what it becomes. */
export interface Change {
  readonly path: string
  readonly before: string | undefined
  /** Undefined: it is gone. */
  readonly after: string | undefined
  readonly moveTo: string | undefined
}

/** The text of a file, undefined where none is. Throws ToolRefusal where it cannot be read as text. */
export type ReadText = (path: string) => Promise<string | undefined>

/** Throws ToolRefusal. */
export const planPatch = async (
  patches: readonly FilePatch[],
  cwd: string,
  read: ReadText,
): Promise<readonly Change[]> => {
  // What earlier parts of the same patch make of a file.
  const now = new Map<string, string | undefined>()
  const textOf = async (path: string): Promise<string | undefined> => (now.has(path) ? now.get(path) : read(path))
  const changes: Change[] = []
  for (const patch of patches) {
    const change = await changeOf(patch, cwd, textOf)
    now.set(change.path, change.moveTo === undefined ? change.after : undefined)
    if (change.moveTo !== undefined) now.set(change.moveTo, change.after)
    changes.push(change)
  }
  return changes
}

const changeOf = async (patch: FilePatch, cwd: string, textOf: ReadText): Promise<Change> => {
  const path = resolve(cwd, patch.path)
  const before = await textOf(path)
  if (patch.act === 'add') return { path, before, after: patch.text, moveTo: undefined }
  if (before === undefined)
    throw new ToolRefusal(`apply_patch verification failed: Failed to read file to ${patch.act} ${path}: there is none`)
  if (patch.act === 'delete') return { path, before, after: undefined, moveTo: undefined }
  const moveTo = patch.moveTo === undefined ? undefined : resolve(cwd, patch.moveTo)
  return { path, before, after: applyChunks(before, patch.chunks, path), moveTo: moveTo === path ? undefined : moveTo }
}

/** As clients see it. */
export const shownChange = ({ path, before, after, moveTo }: Change): FileUpdateChange => {
  if (before === undefined) return { path, kind: { type: 'add' }, diff: after ?? '' }
  if (after === undefined) return { path, kind: { type: 'delete' }, diff: before }
  return { path, kind: { type: 'update', move_path: moveTo ?? null }, diff: unifiedDiff(before, after) }
}

/** What the model is told: a letter and a path for each file. */
export const summaryOf = (changes: readonly Change[]): string =>
  changes
    .map(({ path, before, after, moveTo }) => {
      const letter = before === undefined ? 'A' : after === undefined ? 'D' : 'M'
      return `${letter} ${moveTo ?? path}`
    })
    .join('\n')
