/** Owns reading the words of a shell script, so far as they are plain: which commands it runs is then known before it runs. */

export interface CommandWords {
  /** One list of words for each simple command, in order. */
  readonly commands: readonly (readonly string[])[]
  /** False where more may run than what is listed, or the words may turn out otherwise: expansions, redirections, keywords. */
  readonly plain: boolean
}

/** Between commands; a single `&` too, for what runs beside is run. */
const OPERATOR = /^(?:&&|\|\||;;|\|&|[;|&\n])/
/** A line that goes on is no break. */
const BLANK = /^(?:[ \t]|\\\n)*[ \t](?:[ \t]|\\\n)*/
const COMMENT = /^#[^\n]*/
/** What a word of these does is up to the shell. */
const UNPLAIN = /[$`*?[\]{}~<>()!#^=]/
const BARE = /^(?:[^\s;&|'"\\$`<>(){}*?[\]~!#^]|\\(?:\n|.))+/

const KEYWORDS: ReadonlySet<string> = new Set([
  ...['if', 'then', 'else', 'elif', 'fi', 'for', 'while', 'until', 'do', 'done', 'case', 'esac', 'select', 'function'],
  ...['time', 'coproc', 'eval', 'exec', 'source', '.', 'command', 'builtin', 'trap', 'alias'],
])

/** Never throws: what is not understood is not plain. */
export const commandWords = (script: string): CommandWords => new Reader(script).read()

class Reader {
  #rest: string
  #plain = true
  #word: string | undefined
  #words: string[] = []
  readonly #commands: string[][] = []

  constructor(script: string) {
    this.#rest = script.trim()
  }

  read(): CommandWords {
    while (this.#rest !== '') this.#step()
    this.#endCommand()
    const plain = this.#plain && !this.#commands.some(([first = '']) => KEYWORDS.has(first) || first.includes('='))
    return { commands: this.#commands, plain: plain && this.#commands.length > 0 }
  }

  #step(): void {
    if (this.#take(BLANK) !== undefined) return this.#endWord()
    if (this.#word === undefined && this.#take(COMMENT) !== undefined) return
    const operator = this.#take(OPERATOR)
    if (operator !== undefined) return this.#endCommand()
    if (this.#rest.startsWith("'")) return this.#quoted()
    if (this.#rest.startsWith('"')) return this.#doubleQuoted()
    const bare = this.#take(BARE)
    if (bare !== undefined) return this.#add(bare.replace(/\\(\n|.)/gs, (_, one: string) => (one === '\n' ? '' : one)))
    this.#strange()
  }

  /** One character that the shell makes something of. */
  #strange(): void {
    const one = this.#rest.charAt(0)
    this.#rest = this.#rest.slice(1)
    if (one === '(' || one === ')' || one === '`' || one === '{' || one === '}') this.#endCommand()
    else this.#add(one)
    this.#plain = false
  }

  #quoted(): void {
    const end = this.#rest.indexOf("'", 1)
    if (end < 0) return this.#unended()
    this.#add(this.#rest.slice(1, end))
    this.#rest = this.#rest.slice(end + 1)
  }

  #doubleQuoted(): void {
    const text = this.#take(/^"(?:[^"\\]|\\.)*"/s)
    if (text === undefined) return this.#unended()
    const inside = text.slice(1, -1)
    if (/(?<!\\)[$`]/.test(inside.replaceAll('\\\\', ''))) this.#plain = false
    this.#add(inside.replace(/\\([$`"\\\n])/g, (_, one: string) => (one === '\n' ? '' : one)))
  }

  #unended(): void {
    this.#add(this.#rest)
    this.#rest = ''
    this.#plain = false
  }

  #take(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#rest)?.[0]
    if (found !== undefined) this.#rest = this.#rest.slice(found.length)
    return found
  }

  #add(text: string): void {
    this.#word = (this.#word ?? '') + text
  }

  #endWord(): void {
    if (this.#word !== undefined) this.#words.push(this.#word)
    this.#word = undefined
  }

  #endCommand(): void {
    this.#endWord()
    if (this.#words.length > 0) this.#commands.push(this.#words)
    this.#words = []
  }
}

/** As a shell would read it again. */
export const quoted = (words: readonly string[]): string =>
  words
    .map((word) =>
      word !== '' && !UNPLAIN.test(word) && !/[\s'"\\;&|]/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
    )
    .join(' ')
