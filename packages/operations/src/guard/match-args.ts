/** Owns matching the arguments of a call by the patterns of a rule. */
import { LIMITS } from '@towline/protocol'
import { matchesPath, matchesText, matchesWords } from './glob.ts'
import { and, type Match, or } from './match.ts'

type Args = Readonly<Record<string, unknown>>
type Patterns = Readonly<Record<string, string | readonly string[]>>

/** Arguments that name something in the folder that a machine serves, where `a` and `/a` are the same. */
const ROOTED: readonly string[] = ['path', 'from', 'to']

/** Every pattern has to match. An argument that is not there matches none; one too long to look at is unknown. */
export const matchesArgs = (patterns: Patterns, args: Args): Match =>
  and(...Object.entries(patterns).map(([key, wanted]) => matchesArg(key, [wanted].flat(), args)))

const matchesArg = (key: string, wanted: readonly string[], args: Args): Match => {
  const value = valueAt(args, key)
  return value === undefined || value === null ? 'no' : or(wanted.map((pattern) => matchesValue(pattern, value, key)))
}

const matchesValue = (pattern: string, value: unknown, key: string): Match => {
  if (Array.isArray(value)) return matchesList(pattern, value)
  const text = textOf(value)
  if (text === undefined) return 'unknown'
  if (text.length > LIMITS.policyTextChars) return 'unknown'
  if (!pattern.includes('/')) return told(matchesText(pattern, text))
  return told(ROOTED.includes(key) ? matchesPath(`/${pattern}`, `/${text}`) : matchesPath(pattern, text))
}

/** The words of the pattern are matched with those of a command line one by one. */
const matchesList = (pattern: string, list: readonly unknown[]): Match => {
  const words = list.map(textOf)
  if (words.length > LIMITS.policyWords || !words.every(isShort)) return 'unknown'
  return told(matchesWords(pattern.split(' ').filter(Boolean), words))
}

/** Undefined for what is no single value. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined

const isShort = (word: string | undefined): word is string =>
  word !== undefined && word.length <= LIMITS.policyTextChars

const told = (matches: boolean): Match => (matches ? 'yes' : 'no')

/** By `name`, `list[0]`, `table.key`, and what is put together of these; a key that holds a dot is found as well. */
const valueAt = (args: unknown, key: string): unknown => {
  if (key === '') return args
  if (typeof args !== 'object' || args === null) return undefined
  const index = /^\[(\d{1,6})\]\.?/.exec(key)
  if (index) return Array.isArray(args) ? valueAt(args[Number(index[1])], key.slice(index[0].length)) : undefined
  const table = args as Args
  if (Object.hasOwn(table, key)) return table[key]
  const end = key.search(/[.[]/)
  if (end <= 0 || !Object.hasOwn(table, key.slice(0, end))) return undefined
  return valueAt(table[key.slice(0, end)], key.slice(end).replace(/^\./, ''))
}
