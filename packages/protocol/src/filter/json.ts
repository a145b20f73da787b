/**
 * Owns the JSON form of filters: `{key: "x" | null | {exact} | {oneof: []} | {regex}, labels: {k: …}, AND: [], OR: []}`,
 * where everything in one object must hold and null asks only that there is a value.
 */
import { eachText, every, type Filter, type FilterContext, present, type Test } from './context.ts'
import { LIMITS } from '../limits.ts'
import { shown } from '../shown.ts'

/** Compiles a JSON object. Throws FILTER_INVALID. */
export const compileJson = (text: string, context: FilterContext): Filter => {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw context.fail('it starts with "{" but is not JSON')
  }
  return compileNode(parsed, 1, context)
}

const compileNode = (node: unknown, depth: number, context: FilterContext): Filter => {
  if (depth > LIMITS.filterDepth) throw context.fail(`it is deeper than ${LIMITS.filterDepth}`)
  if (!isObject(node)) throw context.fail('a filter must be an object')
  return every(Object.entries(node).map(([key, value]) => compileEntry(key, value, { depth, context })))
}

interface At {
  readonly depth: number
  readonly context: FilterContext
}

const compileEntry = (key: string, value: unknown, { depth, context }: At): Filter => {
  if (key === 'AND') return every(branches(key, value, { depth, context }))
  if (key === 'OR') {
    const filters = branches(key, value, { depth, context })
    return (item) => filters.some((filter) => filter(item))
  }
  if (key !== 'labels') return context.on(key, compileTest(key, value, context))
  if (!isObject(value)) throw context.fail('"labels" must be an object')
  return every(
    Object.entries(value).map(([label, test]) =>
      context.on(`labels.${label}`, compileTest(`labels.${label}`, test, context)),
    ),
  )
}

const branches = (key: string, value: unknown, { depth, context }: At): Filter[] => {
  if (!Array.isArray(value) || value.length === 0) throw context.fail(`"${key}" must be a list of filters, not empty`)
  return value.map((node) => compileNode(node, depth + 1, context))
}

const compileTest = (key: string, value: unknown, context: FilterContext): Test => {
  if (value === null) return present
  if (isPlain(value)) return eachText(same(key, value, context))
  const entries = isObject(value) ? Object.entries(value) : []
  const [entry] = entries
  const make = entry && entries.length === 1 && Object.hasOwn(MATCHERS, entry[0]) ? MATCHERS[entry[0]] : undefined
  if (entry && make) return eachText(make(key, entry[1], context))
  throw context.fail(`"${shown(key)}" must be a text, null, or one of {"exact"}, {"oneof"}, {"regex"}`)
}

type MakeMatcher = (key: string, value: unknown, context: FilterContext) => (text: string) => boolean

const same = (key: string, value: string | number | boolean, context: FilterContext): ((text: string) => boolean) => {
  const wanted = context.value(key, String(value))
  return (text) => text === wanted
}

const MATCHERS: Readonly<Record<string, MakeMatcher>> = {
  exact: (key, value, context) => {
    if (!isPlain(value)) throw context.fail('"exact" must be a text')
    return same(key, value, context)
  },
  oneof: (key, value, context) => {
    if (!Array.isArray(value) || value.length === 0 || !value.every(isPlain))
      throw context.fail('"oneof" must be a list of texts, not empty')
    const set = new Set(value.map((one) => context.value(key, String(one))))
    return (text) => set.has(text)
  },
  regex: (_key, value, { regex, fail }) => {
    if (typeof value !== 'string') throw fail('"regex" must be a text')
    return regex(value)
  },
}

const isPlain = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
