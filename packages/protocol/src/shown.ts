/** Owns quoting text that a stranger wrote: safe on a terminal and in a log, and never long. */

/** Format, control, private-use and lone surrogate characters, and the separators that end a line. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu
const MOST = 64

/** `text` as it may stand in a sentence: unsafe characters become U+FFFD, and what is longer than 64 characters is cut. */
export const shown = (text: string): string => {
  const safe = text.slice(0, MOST * 2).replace(UNSAFE, '\ufffd')
  const characters = [...safe]
  return characters.length > MOST || text.length > MOST * 2 ? `${characters.slice(0, MOST).join('')}…` : safe
}
