/** Owns showing text of several lines that a stranger wrote: nothing in it is invisible or turns the order of reading. */

const UNSAFE = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/gu

/** Characters that could hide or reorder what a person reads become U+FFFD. */
export const multiline = (text: string): string => text.replace(UNSAFE, '\ufffd')
