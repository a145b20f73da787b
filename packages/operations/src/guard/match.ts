/** Owns whether something matches, where that cannot always be told. */

export type Match = 'yes' | 'no' | 'unknown'

/** All of them. */
export const and = (...matches: readonly Match[]): Match => {
  if (matches.includes('no')) return 'no'
  return matches.includes('unknown') ? 'unknown' : 'yes'
}

/** At least one. */
export const or = (matches: readonly Match[]): Match => {
  if (matches.includes('yes')) return 'yes'
  return matches.includes('unknown') ? 'unknown' : 'no'
}
