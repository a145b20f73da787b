/** Owns making a damaged rollout writable again: what is damaged and all after it goes to a file beside it, and nothing is lost. */
import { copyFile, open, stat, truncate } from 'node:fs/promises'
import type { Damage } from './rollout-reader.ts'

/** What is said of it to people; undefined for a file that is whole. */
export const damageSentence = (damage: Damage | undefined, keptAt?: string): string | undefined => {
  if (!damage) return undefined
  const what =
    damage.problem === 'torn'
      ? `The last line (${damage.line}) of the thread was only half written and is left out.`
      : `Line ${damage.line} of the thread is damaged; it opens up to there.`
  return keptAt ? `${what} The whole file is kept as ${keptAt}.` : what
}

/** Cuts the file before the damage, and gives the last line its end. Answers where the whole file is kept when more than a torn line goes. */
export const repairRollout = async (path: string, damage: Damage | undefined): Promise<string | undefined> => {
  if (!damage) {
    await endLastLine(path)
    return undefined
  }
  const keptAt = damage.problem === 'torn' ? undefined : `${path}.damaged-${Math.floor((await stat(path)).mtimeMs)}`
  if (keptAt) await copyFile(path, keptAt)
  await truncate(path, damage.offset)
  return keptAt
}

/** A line that was written by others, whole but for its end. */
const endLastLine = async (path: string): Promise<void> => {
  const file = await open(path, 'r+')
  try {
    const { size } = await file.stat()
    if (size === 0) return
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
    if (buffer[0] !== 10) await file.write('\n', size)
  } finally {
    await file.close()
  }
}
