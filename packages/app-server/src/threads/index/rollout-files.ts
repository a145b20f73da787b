/** Owns finding rollouts below a home. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { ARCHIVED, SESSIONS, threadIdOf } from '../rollout-path.ts'
import { type FileState, fileState } from './thread-row.ts'

/** Of all threads, in no order. */
export const rolloutFiles = async (home: string): Promise<readonly FileState[]> => {
  const found: FileState[] = []
  for (const [folder, archived] of [
    [SESSIONS, false],
    [ARCHIVED, true],
  ] as const)
    for await (const path of below(join(home, folder))) {
      if (found.length >= LIMITS.threadFiles) return found
      const state = fileState(path, archived)
      if (state) found.push(state)
    }
  return found
}

/** The file of one thread, wherever it lies. */
export const findRollout = async (home: string, threadId: string): Promise<FileState | undefined> => {
  for (const [folder, archived] of [
    [SESSIONS, false],
    [ARCHIVED, true],
  ] as const)
    for await (const path of below(join(home, folder)))
      if (threadIdOf(path) === threadId) return fileState(path, archived)
  return undefined
}

/** Newest folders first. */
async function* below(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries.sort((one, other) => (one.name < other.name ? 1 : -1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* below(path)
    else if (entry.isFile() && threadIdOf(path) !== undefined) yield path
  }
}
