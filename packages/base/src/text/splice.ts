/** Owns places in a text: going on from one, and changing some. */

/** `start` to `end` becomes `text`; places do not overlap. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

export const splice = (text: string, splices: readonly Splice[]): string =>
  splices
    .map((one, order) => ({ ...one, order }))
    .sort((a, b) => b.start - a.start || b.order - a.order)
    .reduce((all, { start, end, text: put }) => all.slice(0, start) + put + all.slice(end), text)

/** Behind what a sticky pattern matches at `at`. */
export const past = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return at + (pattern.exec(text)?.[0].length ?? 0)
}

/** How the text breaks its lines. */
export const lineBreakOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n')
