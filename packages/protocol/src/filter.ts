/**
 * Owns the one filter grammar (docs/protocol/filter.md): `key=value` joined by commas, all of which must hold, where
 * `labels.k=v` asks for a label and `*` or nothing as value asks only that there is one; and its JSON form.
 */
import {
  type CompileRegex,
  eachText,
  every,
  type Filter,
  type FilterContext,
  filterContext,
  type FilterKeys,
  present,
} from './filter/context.ts'
import { compileJson } from './filter/json.ts'
import { LIMITS } from './limits.ts'
import { shown } from './shown.ts'

export type { CompileRegex, Filter, FilterKeys } from './filter/context.ts'

/**
 * Compiles a filter over items that have `keys` and, always, labels. A text that starts with `{` is the JSON form; an
 * empty one passes everything. Throws FILTER_INVALID.
 */
export const compileFilter = (input: string, keys: FilterKeys, regex: CompileRegex): Filter => {
  const context = filterContext(keys, regex)
  if (input.length > LIMITS.filterChars)
    throw context.fail(`it has ${input.length} characters, at most ${LIMITS.filterChars} fit`)
  const text = input.trim()
  if (text === '') return () => true
  return text.startsWith('{')
    ? compileJson(text, context)
    : every(text.split(',').map((part) => compilePart(part, context)))
}

const compilePart = (part: string, { on, value, fail }: FilterContext): Filter => {
  const cut = part.indexOf('=')
  if (cut < 0)
    throw fail(part.trim() === '' ? 'a part between commas is empty' : `"${shown(part.trim())}" is not key=value`)
  const [key, asked] = [part.slice(0, cut).trim(), part.slice(cut + 1).trim()]
  if (asked === '' || asked === '*') return on(key, present)
  const wanted = value(key, asked)
  return on(
    key,
    eachText((text) => text === wanted),
  )
}
