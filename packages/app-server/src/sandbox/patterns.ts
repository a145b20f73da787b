/** Owns denied patterns of a sandbox: which paths they mean, and which of them there are. */
import { type Dirent, readdirSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { AppError, LIMITS } from '@towline/protocol'

/** `**` is any folders, `*` and `?` stay within one name; anything else is itself. What is below a match is meant too. */
export const patternMatches = (pattern: string): ((path: string) => boolean) => {
  const source = pattern
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => WILD[part] ?? part.replace(/[.+^${}()|[\]\\]/g, '\\$&'))
    .join('')
  const expression = new RegExp(`^${source}(?:/.*)?$`, 's')
  return (path) => expression.test(path)
}

const WILD: Readonly<Record<string, string>> = { '**/': '(?:[^/]+/)*', '**': '.*', '*': '[^/]*', '?': '[^/]' }

/** Files and folders that a pattern means now. Throws SANDBOX_UNSUPPORTED when there are too many to look through. */
export const findDenied = (patterns: readonly string[], most: number = LIMITS.sandboxScan): readonly string[] => {
  const found: string[] = []
  let looked = 0
  for (const pattern of patterns) {
    const matches = patternMatches(pattern)
    const folders = [baseOf(pattern)]
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of entriesOf(folder)) {
        looked += 1
        if (looked > most)
          throw new AppError('SANDBOX_UNSUPPORTED', {
            problem: `more than ${most} files would have to be looked through for the denied pattern ${pattern}.`,
          })
        const path = join(folder, entry.name)
        if (matches(path)) found.push(path)
        else if (entry.isDirectory()) folders.push(path)
      }
    }
  }
  return found
}

/** The folder above the first wildcard. */
export const baseOf = (pattern: string): string => {
  const plain = /^[^*?]*/.exec(pattern)?.[0] ?? sep
  return plain.endsWith(sep) ? plain : dirname(plain)
}

const entriesOf = (folder: string): readonly Dirent[] => {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
