/**
 * Owns reading rules about commands: `prefix_rule(pattern=["git", ["status", "log"]], decision="allow")`, one after the other,
 * with comments. It is the part of Starlark that such files need; anything else is told, and is no rule.
 */
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import type { CommandRule } from './agent-config.ts'

type Value = string | readonly Value[]

export interface RulesRead {
  readonly rules: readonly CommandRule[]
  /** Line and problem. */
  readonly problems: readonly string[]
}

const WORD = z.union([z.string(), z.array(z.string()).min(1)])
const RULE = z.strictObject({
  pattern: z.array(WORD).min(1),
  decision: z.enum(['allow', 'prompt', 'forbidden']).default('allow'),
  justification: z.string().optional(),
  match: z.unknown().optional(),
  not_match: z.unknown().optional(),
})

export const parseRules = (text: string): RulesRead => {
  const rules: CommandRule[] = []
  const problems: string[] = []
  const reader = new Reader(text)
  while (!reader.isOver) {
    const { line } = reader
    try {
      const statement = reader.statement()
      rules.push(...expanded(RULE.safeParse(statement).data))
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      problems.push(`line ${line}: ${error.message}`)
    }
  }
  return { rules, problems }
}

/** As it is appended to a file. */
export const ruleText = (pattern: readonly string[]): string =>
  `prefix_rule(pattern=[${pattern.map((word) => JSON.stringify(word)).join(', ')}], decision="allow")\n`

/** One for each choice of words. */
const expanded = (rule: z.infer<typeof RULE> | undefined): readonly CommandRule[] => {
  if (!rule) throw new Unreadable('this is no rule that is known here')
  const { pattern, decision } = rule
  const count = pattern.reduce((all, word) => all * (typeof word === 'string' ? 1 : word.length), 1)
  if (count > LIMITS.ruleChoices) throw new Unreadable(`it stands for more than ${LIMITS.ruleChoices} patterns`)
  const all = pattern.reduce<readonly (readonly string[])[]>(
    (before, word) => before.flatMap((words) => [word].flat().map((one) => [...words, one])),
    [[]],
  )
  return all.map((words) => ({ pattern: words, decision }))
}

class Unreadable extends Error {}

const SPACE = /(?:[ \t\r\n]|#[^\n]*)*/y
const NAME = /[A-Za-z_]\w*/y
const STRING = /"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'/y
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', "'": "'", '\\': '\\' }
/** Deeper lists mean nothing. */
const DEPTH = 4

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#space()
  }

  get isOver(): boolean {
    return this.#at >= this.#text.length
  }

  get line(): number {
    return this.#text.slice(0, this.#at).split('\n').length
  }

  /** Throws {@link Unreadable}, and is then at the next line that begins a statement. */
  statement(): Readonly<Record<string, Value>> {
    const start = this.#at
    try {
      return this.#call()
    } catch (error) {
      const next = /\n(?=[A-Za-z_])/g
      next.lastIndex = start
      this.#at = next.exec(this.#text) ? next.lastIndex : this.#text.length
      throw error
    }
  }

  #call(): Readonly<Record<string, Value>> {
    const name = this.#match(NAME)
    if (name !== 'prefix_rule')
      throw new Unreadable(`only prefix_rule is known here, not ${(name ?? 'this').slice(0, 40)}`)
    this.#expect('(')
    const given: Record<string, Value> = {}
    while (!this.#take(')')) {
      const key = this.#match(NAME)
      if (key === undefined || Object.hasOwn(given, key))
        throw new Unreadable('its arguments are name=value, each once')
      this.#expect('=')
      given[key] = this.#value(0)
      if (!this.#take(',') && this.#text[this.#at] !== ')') throw new Unreadable('"," or ")" is missing')
    }
    return given
  }

  #value(depth: number): Value {
    if (!this.#take('[')) return this.#string()
    if (depth >= DEPTH) throw new Unreadable('its lists are too deep')
    const list: Value[] = []
    while (!this.#take(']')) {
      list.push(this.#value(depth + 1))
      if (!this.#take(',') && this.#text[this.#at] !== ']') throw new Unreadable('"," or "]" is missing')
    }
    return list
  }

  #string(): string {
    const text = this.#match(STRING)
    if (text === undefined) throw new Unreadable('a text in quotes, or a list of them, is missing')
    return text.slice(1, -1).replace(/\\(.)/g, (all, letter: string) => ESCAPES[letter] ?? all)
  }

  #expect(mark: string): void {
    if (!this.#take(mark)) throw new Unreadable(`"${mark}" is missing`)
  }

  #take(mark: string): boolean {
    if (!this.#text.startsWith(mark, this.#at)) return false
    this.#at += mark.length
    this.#space()
    return true
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) return undefined
    this.#at += found.length
    this.#space()
    return found
  }

  #space(): void {
    SPACE.lastIndex = this.#at
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0
  }
}
