/** Owns globs over paths: `*` and `?` within a name, `**` over folders; matched in time of pattern times path, whatever the pattern. */
import { AppError, type Limits } from '@towline/protocol'

/** Whether a path, as its parts below the folder that is asked about, is meant. */
export type Glob = (parts: readonly string[]) => boolean

/** A pattern without `/` is meant for names at every depth. Throws REQUEST_INVALID. */
export const parseGlob = (pattern: string | undefined, { filesGlobChars }: Limits): Glob => {
  if (pattern === undefined) return () => true
  if (pattern.length > filesGlobChars) {
    throw new AppError('REQUEST_INVALID', { problem: `the glob is longer than ${filesGlobChars} characters.` })
  }
  const wanted = pattern.split('/').filter((part) => part !== '')
  if (!pattern.includes('/')) return (parts) => matchName(pattern, parts.at(-1) ?? '')
  return (parts) => match(wanted, parts, { any: '**', same: matchName })
}

const matchName = (pattern: string, name: string): boolean =>
  match([...pattern], [...name], { any: '*', same: (one, other) => one === '?' || one === other })

interface Rules<P, T> {
  /** Stands for any number of items. */
  readonly any: P
  readonly same: (pattern: P, item: T) => boolean
}

/** Goes back to the last `any` only: what it took before needs no other try. */
const match = <P, T>(pattern: readonly P[], items: readonly T[], { any, same }: Rules<P, T>): boolean => {
  let [p, i, star, taken] = [0, 0, -1, 0]
  while (i < items.length) {
    if (p < pattern.length && pattern[p] === any) {
      star = p++
      taken = i
    } else if (p < pattern.length && same(pattern[p] as P, items[i] as T)) {
      p++
      i++
    } else if (star >= 0) {
      p = star + 1
      i = ++taken
    } else return false
  }
  return pattern.slice(p).every((part) => part === any)
}
