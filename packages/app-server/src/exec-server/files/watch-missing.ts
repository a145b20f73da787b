/** Owns noticing that a path which was not there may be there now, so that a client need not look for it before every turn. */
import { type FSWatcher, watch } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

export interface MissingWatch {
  close(): void
}

export interface Missing {
  /** Absolute paths of which none is there. */
  readonly missing: readonly string[]
  /** Is there, and is to stay. */
  readonly present: string | undefined
}

/**
 * Calls `changed` once, when one of the paths came, or something on the way to one came or went, or `present` went. Undefined
 * when that cannot be told: it is so already, a link is on the way, or the system watches no more.
 */
export const watchMissing = async (what: Missing, changed: () => void): Promise<MissingWatch | undefined> => {
  const before = await look(what)
  if (!fits(what, before)) return undefined
  const watched = begin(before, () => look(what), changed)
  // What came before it was watched was not noticed.
  if (watched && isSame(before, await look(what))) return watched
  watched?.close()
  return undefined
}

/** What is on the ways to the paths, down to what is no folder: by path, what it is. */
type Ways = ReadonlyMap<string, string>

const [ABSENT, LINK] = ['absent', 'link']

const look = async ({ missing, present }: Missing): Promise<Ways> => {
  const ways = new Map<string, string>()
  for (const path of present === undefined ? missing : [...missing, present]) {
    for (const step of stepsTo(path)) {
      const kind = ways.get(step) ?? (await kindOf(step))
      ways.set(step, kind)
      if (!kind.startsWith(FOLDER)) break
    }
  }
  return ways
}

/** From the root down. */
const stepsTo = (path: string): readonly string[] => {
  const above = dirname(path)
  return above === path ? [path] : [...stepsTo(above), path]
}

const FOLDER = 'folder '

/** A folder with the name of another is another. */
const kindOf = async (path: string): Promise<string> => {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return ABSENT
  if (found.isDirectory()) return `${FOLDER}${found.dev} ${found.ino}`
  return found.isSymbolicLink() ? LINK : 'other'
}

const fits = ({ missing, present }: Missing, ways: Ways): boolean =>
  missing.length > 0 &&
  missing.every((path) => (ways.get(path) ?? ABSENT) === ABSENT) &&
  (present === undefined || (ways.get(present) ?? ABSENT) !== ABSENT) &&
  ![...ways].some(([path, kind]) => kind === LINK && path !== present)

const isSame = (one: Ways, other: Ways): boolean =>
  one.size === other.size && [...one].every(([path, kind]) => other.get(path) === kind)

/** Names that matter, by the folder they are in. */
const namesOf = (ways: Ways): ReadonlyMap<string, ReadonlySet<string>> => {
  const names = new Map<string, Set<string>>()
  for (const path of ways.keys()) {
    const folder = dirname(path)
    if (folder !== path) names.set(folder, (names.get(folder) ?? new Set()).add(basename(path)))
  }
  return names
}

const begin = (before: Ways, lookAgain: () => Promise<Ways>, changed: () => void): MissingWatch | undefined => {
  const watchers: FSWatcher[] = []
  let [isOver, isLooking, isStale] = [false, false, false]
  const close = (): void => {
    isOver = true
    for (const watcher of watchers.splice(0)) watcher.close()
  }
  const end = (): void => {
    if (isOver) return
    close()
    changed()
  }
  const stirred = async (): Promise<void> => {
    isStale = true
    if (isLooking) return
    isLooking = true
    while (isStale && !isOver) {
      isStale = false
      if (!isSame(before, await lookAgain())) end()
    }
    isLooking = false
  }
  try {
    for (const [folder, names] of namesOf(before)) {
      const watcher = watch(folder, { persistent: false }, (_type, name) => {
        if (name === null || names.has(name)) void stirred()
      })
      watcher.on('error', end)
      watchers.push(watcher)
    }
    return { close }
  } catch {
    close()
    return undefined
  }
}
