/**
 * Owns matching text by patterns of a policy: `*` is any rest of it, and nothing else has a meaning. No pattern takes longer
 * than its length times that of the text, whatever a stranger made the text.
 */

/** Matches all of `text`. */
export const matchesText = (pattern: string, text: string): boolean => {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  const end = text.length - last.length
  let at = first.length
  // The leftmost place for each part leaves the most for those after it: nothing has to be tried twice.
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/**
 * Matches a path part by part: `*` stays within a part, `**` is any number of parts, none too. Both sides are made plain
 * first ({@link plainPath}), so that no other writing of a path gets by.
 */
export const matchesPath = (pattern: string, path: string): boolean => matchesWords(partsOf(pattern), partsOf(path))

/** Any number of words. */
const REST = '**'

/** Matches whole words one by one; `**` is any number of them. */
export const matchesWords = (patterns: readonly string[], words: readonly string[]): boolean => {
  // Row by row: whether the patterns so far can have used up the words so far.
  let reached = words.map(() => false)
  let none = true
  for (const pattern of patterns) {
    const before = [none, ...reached]
    none &&= pattern === REST
    let open = before[0] as boolean
    reached = words.map((word, at) => {
      if (pattern !== REST) return (before[at] as boolean) && matchesText(pattern, word)
      open ||= before[at + 1] as boolean
      return open
    })
  }
  return words.length === 0 ? none : (reached.at(-1) as boolean)
}

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i

/** Without doubled and final slashes, `.` and `..`; a `..` that leads out of a relative path stays, and one above the root goes. */
export const plainPath = (path: string): string => {
  const scheme = SCHEME.exec(path)?.[0] ?? ''
  const rest = path.slice(scheme.length)
  const root = rest.startsWith('/') ? '/' : ''
  const parts: string[] = []
  for (const part of rest.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (root === '') parts.push(part)
  }
  return scheme.toLowerCase() + root + parts.join('/')
}

const partsOf = (path: string): readonly string[] => plainPath(path).split('/')
