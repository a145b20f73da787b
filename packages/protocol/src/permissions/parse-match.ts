/** Owns reading what a boundary asks of tunnels: a match for each field, and labels. */
import { isLabelKey } from '../labels.ts'
import { LIMITS } from '../limits.ts'
import type { TunnelAction } from '../permissions.ts'
import { shown } from '../shown.ts'
import type { TextMatch, TunnelMatch } from './boundary.ts'
import { type Field, FIELDS } from './fields.ts'
import { fail, isObject, type Json, type Reading, refuseUnknown } from './reading.ts'

type FieldName = keyof typeof FIELDS

/** Fields a scope of the action may name; a tunnel that does not exist has only some. */
const namesFor = (action: TunnelAction): readonly FieldName[] =>
  (Object.keys(FIELDS) as FieldName[]).filter((name) => action !== 'create' || FIELDS[name].creatable)

/** Throws BOUNDARY_INVALID. */
export const parseMatch = (action: TunnelAction, value: Json, reading: Reading): TunnelMatch => {
  refuseUnknown(value, [...namesFor(action), 'labels'], reading.at)
  const { labels, ...fields } = value
  const read = Object.entries(fields).map(([name, match]) => {
    const { type } = FIELDS[name as FieldName]
    return [name, parseField(match, type, { ...reading, at: `${reading.at}.${name}` })]
  })
  return {
    ...Object.fromEntries(read),
    ...(labels !== undefined && { labels: parseLabels(labels, { ...reading, at: `${reading.at}.labels` }) }),
  }
}

const parseField = (value: unknown, type: Field['type'], reading: Reading): TextMatch | boolean => {
  if (type !== 'flag') return parseText(value, type, reading)
  if (typeof value === 'boolean') return value
  throw fail(reading.at, 'it is neither true nor false')
}

const parseLabels = (value: unknown, reading: Reading): NonNullable<TunnelMatch['labels']> => {
  if (!isObject(value) || Object.keys(value).length === 0) throw fail(reading.at, 'it is not an object of labels')
  const read = Object.entries(value).map(([key, match]) => {
    if (!isLabelKey(key)) throw fail(reading.at, `"${shown(key)}" cannot be the key of a label`)
    return [key, match === null ? null : parseText(match, 'text', { ...reading, at: `${reading.at}.${key}` })]
  })
  return Object.fromEntries(read)
}

/** One match. Throws BOUNDARY_INVALID. */
export const parseText = (value: unknown, type: 'text' | 'number', reading: Reading): TextMatch => {
  const { at } = reading
  if (isPlain(value, type)) return value
  const entries = isObject(value) ? Object.entries(value) : []
  const [entry] = entries
  const parse = entry && entries.length === 1 ? FORMS.get(entry[0]) : undefined
  if (entry && parse) return parse(entry[1], type, reading)
  const plain = type === 'number' ? 'a number, a text' : 'a text'
  throw fail(at, `it is not ${plain}, or one of {"exact"}, {"oneof"}, {"regex"}`)
}

type ParseForm = (value: unknown, type: 'text' | 'number', reading: Reading) => TextMatch

const parseExact: ParseForm = (value, type, { at }) => {
  if (isPlain(value, type)) return { exact: value }
  throw fail(`${at}.exact`, `it is not a ${type}, or is longer than ${LIMITS.boundaryTextChars}`)
}

const parseOneof: ParseForm = (value, type, { at }) => {
  const fits = Array.isArray(value) && value.length > 0 && value.length <= LIMITS.boundaryItems
  if (fits && value.every((one) => isPlain(one, type))) return { oneof: [...value] }
  throw fail(`${at}.oneof`, `it is not a list of 1 to ${LIMITS.boundaryItems} texts`)
}

const parseRegex: ParseForm = (value, _type, { at, regexes }) => {
  if (typeof value !== 'string') throw fail(`${at}.regex`, 'it is not a text')
  if (value.length > LIMITS.boundaryRegexChars) {
    throw fail(`${at}.regex`, `it has ${value.length} characters, at most ${LIMITS.boundaryRegexChars} fit`)
  }
  regexes.count++
  if (regexes.count > LIMITS.boundaryRegexes) throw fail(at, `it is one regex more than ${LIMITS.boundaryRegexes}`)
  return { regex: value }
}

const FORMS: ReadonlyMap<string, ParseForm> = new Map([
  ['exact', parseExact],
  ['oneof', parseOneof],
  ['regex', parseRegex],
])

const isPlain = (value: unknown, type: 'text' | 'number'): value is string | number =>
  typeof value === 'string'
    ? value.length <= LIMITS.boundaryTextChars
    : type === 'number' && Number.isSafeInteger(value) && (value as number) >= 0
