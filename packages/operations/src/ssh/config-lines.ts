/** Owns reading lines of a configuration of OpenSSH (ssh_config(5)): a keyword and its words. */

export interface ConfigLine {
  /** In small letters. */
  readonly keyword: string
  readonly words: readonly string[]
}

/** `Keyword words`, `Keyword=words`; white space may stand before. */
const LINE = /^\s*(?<keyword>[A-Za-z]\w*)(?:\s*=\s*|\s+)(?<rest>.*)$/
/** Double quotes hold white space together. */
const WORD = /"([^"]*)"|([^\s"]+)/g

/** In their order; comments, empty lines and lines without a word are left out. */
export const configLines = (text: string): readonly ConfigLine[] =>
  text.split(/\r?\n/).flatMap((line) => {
    const found = LINE.exec(line)?.groups
    const words = wordsOf(found?.['rest'] ?? '')
    return found && words.length > 0 ? [{ keyword: (found['keyword'] as string).toLowerCase(), words }] : []
  })

const wordsOf = (rest: string): readonly string[] => {
  const words = [...rest.matchAll(WORD)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  const comment = words.findIndex((word) => word.startsWith('#'))
  return comment < 0 ? words : words.slice(0, comment)
}
