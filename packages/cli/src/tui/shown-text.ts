/** Owns showing text that a person decides by: every character of it is seen, those that would hide or move others as escapes. */

/** Controls, formats such as direction, separators but the plain blank, what has no meaning, and what is drawn as nothing (UAX #44). */
const UNSEEN = /(?![\n\t ])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu
const NAMES: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\u001b': '\\e' }
const HEX = 16
const TAB = '    '

const escaped = (character: string): string =>
  NAMES[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(HEX)}}`

const visible = (text: string): string => text.replace(UNSEEN, escaped).replaceAll('\t', TAB)

/** Its lines; none of what is no string. */
export const shownLines = (text: unknown): readonly string[] =>
  typeof text === 'string' ? visible(text).split('\n') : []

/** The same on one line. */
export const shownLine = (text: unknown): string => shownLines(text).join(NAMES['\n'])

const PLAIN = /^[\w@%+:,./-]+$/

/** Words that are told apart, as a shell takes them. */
export const shownWords = (words: readonly string[]): string =>
  words.map((word) => (PLAIN.test(word) ? word : `'${shownLine(word).replaceAll("'", `'\\''`)}'`)).join(' ')
