/** Owns what the two forms of a filter share: looking up keys, the tests of values, and how a filter fails. */
import { AppError } from '../errors.ts'
import { isLabelKey } from '../labels.ts'
import { LIMITS } from '../limits.ts'
import { shown } from '../shown.ts'

/** Whether an item passes. */
export type Filter = (item: object) => boolean
/** Whether the value under one key passes; an absent value is undefined. */
export type Test = (value: unknown) => boolean
/** The keys of items, each with all values it can have; an empty list where it may be any. */
export type FilterKeys = Readonly<Record<string, readonly string[]>>
/** Compiles a regular expression of the linear-time kind (RE2); may throw anything for a pattern it refuses. */
export type CompileRegex = (pattern: string) => (text: string) => boolean

/** What the compilers share: which keys there are and how to fail. */
export interface FilterContext {
  readonly regex: CompileRegex
  /** A test of the value under `key`. Throws FILTER_INVALID for a key that is not known. */
  on(key: string, test: Test): Filter
  /** `text`, as a value that `key` is asked for. Throws FILTER_INVALID when it can never have it. */
  value(key: string, text: string): string
  fail(problem: string): AppError
}

const LABEL_PREFIX = 'labels.'

/** Items have `keys` and, always, labels. */
export const filterContext = (keys: FilterKeys, regex: CompileRegex): FilterContext => {
  const plain = new Map(Object.entries(keys).filter(([key]) => key !== 'labels' && !key.startsWith(LABEL_PREFIX)))
  const known = [...plain.keys(), 'labels.<key>'].join(', ')
  const fail = (problem: string): AppError => new AppError('FILTER_INVALID', { problem, known })
  const on = (key: string, test: Test): Filter => {
    if (plain.has(key)) return (item) => test(own(item, key))
    if (!key.startsWith(LABEL_PREFIX)) throw fail(`the key "${shown(key)}" is not known`)
    const label = key.slice(LABEL_PREFIX.length)
    if (!isLabelKey(label)) throw fail(`"${shown(label)}" cannot be the key of a label`)
    return (item) => test(own(own(item, 'labels'), label))
  }
  const value = (key: string, text: string): string => {
    const possible = plain.get(key) ?? []
    if (possible.length === 0 || possible.includes(text)) return text
    throw fail(`"${key}" is never "${shown(text)}", only ${possible.join(', ')}`)
  }
  return { fail, on, value, regex: boundedRegex(regex, fail) }
}

/** Compiles at most filterRegexes patterns of at most filterRegexChars; whatever the compiler throws is FILTER_INVALID. */
const boundedRegex = (regex: CompileRegex, fail: (problem: string) => AppError): CompileRegex => {
  let count = 0
  return (pattern) => {
    count++
    if (count > LIMITS.filterRegexes) throw fail(`it has more than ${LIMITS.filterRegexes} regexes`)
    if (pattern.length > LIMITS.filterRegexChars) {
      throw fail(`a regex has ${pattern.length} characters, at most ${LIMITS.filterRegexChars} fit`)
    }
    try {
      return regex(pattern)
    } catch {
      throw fail(`the regex "${shown(pattern)}" is not of the RE2 kind, or too large`)
    }
  }
}

/** All must pass. */
export const every =
  (filters: readonly Filter[]): Filter =>
  (item) =>
    filters.every((filter) => filter(item))

/** There is a value, whatever it is. */
export const present: Test = (value) => value !== undefined && value !== null

/** A value passes as text; of a list, one must. */
export const eachText =
  (passes: (text: string) => boolean): Test =>
  (value) =>
    present(value) && (Array.isArray(value) ? value : [value]).some((one) => passes(String(one)))

/** An own property only, so that no key reaches a prototype. */
const own = (item: unknown, key: string): unknown =>
  typeof item === 'object' && item !== null && Object.hasOwn(item, key)
    ? (item as Record<string, unknown>)[key]
    : undefined
