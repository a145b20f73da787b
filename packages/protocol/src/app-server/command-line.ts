/** Owns the command of an item as one line: its words quoted as a POSIX shell reads them, as Codex tells them and takes them apart again. */

const PLAIN = /^[\w@%+=:,./-]+$/

export const commandLine = (words: readonly string[]): string =>
  words.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')

const BLANK = /[ \t\n]+/y
const PART = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)/y

/** Undefined for what is no such line. */
export const wordsOfLine = (line: string): readonly string[] | undefined => {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < line.length; ) {
    const blank = matchAt(BLANK, line, at)
    const part = blank ?? matchAt(PART, line, at)
    if (!part) return undefined
    at += part[0].length
    if (!blank) {
      word = (word ?? '') + textOf(part)
      continue
    }
    if (word !== undefined) words.push(word)
    word = undefined
  }
  return word === undefined ? words : [...words, word]
}

const matchAt = (pattern: RegExp, line: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(line)
}

const textOf = ([, single, double, escaped, bare]: RegExpExecArray): string =>
  single ?? double?.replace(/\\([$`"\\\n])/g, (_, one: string) => (one === '\n' ? '' : one)) ?? escaped ?? bare ?? ''

const SHELL = /^(?:\/.*\/)?(?:ba|z|da|k)?sh$/
const RUNS: ReadonlySet<string> = new Set(['-lc', '-c'])

/** What people are shown: the script alone, where a shell runs one. */
export const scriptOf = (line: string): string => {
  const [shell = '', flag = '', script, ...rest] = wordsOfLine(line) ?? []
  return SHELL.test(shell) && RUNS.has(flag) && script !== undefined && rest.length === 0 ? script : line
}
