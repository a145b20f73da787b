/** Owns reading what a request asks for, from its query or its JSON body, into typed values. */
import { AppError } from '@towline/protocol'

/** Reads one field; undefined means that it cannot be read. */
type Field<T> = (value: unknown) => T | undefined

const invalid = (problem: string): AppError => new AppError('REQUEST_INVALID', { problem })

export const text: Field<string> = (value) => (typeof value === 'string' ? value : undefined)

const FLAGS = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  ['1', true],
  ['', true],
  [false, false],
  ['false', false],
  ['0', false],
])

export const flag: Field<boolean> = (value) => FLAGS.get(value)

const DIGITS = 15

export const count: Field<number> = (value) => {
  const number = typeof value === 'string' && /^\d+$/.test(value) && value.length <= DIGITS ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

/** Octal, such as `644`, `0755`; what is above the permission bits is dropped. */
export const mode: Field<number> = (value) =>
  typeof value === 'string' && /^[0-7]{1,6}$/.test(value) ? Number.parseInt(value, 8) & 0o777 : undefined

type Spec = Readonly<Record<string, Field<unknown>>>

/** The fields that were there. */
export type Fields<S extends Spec> = { readonly [K in keyof S]?: Exclude<ReturnType<S[K]>, undefined> }

/** Throws REQUEST_INVALID for a field that is unknown or cannot be read. */
const readFields = <S extends Spec>(spec: S, source: Iterable<readonly [string, unknown]>): Fields<S> => {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of source) {
    const field = Object.hasOwn(spec, name) ? spec[name] : undefined
    if (field === undefined) throw invalid(`"${name}" is not known here.`)
    if (Object.hasOwn(fields, name)) throw invalid(`"${name}" is there twice.`)
    fields[name] = field(value)
    if (fields[name] === undefined) throw invalid(`"${name}" cannot be read.`)
  }
  return fields as Fields<S>
}

/** Reads a query. It is decoded once, strictly: a byte that is no UTF-8 is refused, never replaced. */
export const readQuery = <S extends Spec>(spec: S, query: string): Fields<S> => readFields(spec, pairsOf(query))

const pairsOf = (query: string): [string, string][] =>
  query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const cut = pair.indexOf('=')
      const [name, value] = cut < 0 ? [pair, ''] : [pair.slice(0, cut), pair.slice(cut + 1)]
      return [decode(name), decode(value)]
    })

const decode = (coded: string): string => {
  try {
    // oxlint-disable-next-line no-control-regex -- what is not ASCII must be percent-encoded
    if (/[^\u0000-\u007f]/.test(coded)) throw new URIError()
    return decodeURIComponent(coded.replaceAll('+', ' '))
  } catch {
    throw new AppError('FILE_PATH_INVALID', { problem: 'the query is not percent-encoded UTF-8.' })
  }
}

/** Reads a JSON object. */
export const readJson = <S extends Spec>(spec: S, body: string): Fields<S> => {
  const value = parse(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('the body is no JSON object.')
  return readFields(spec, Object.entries(value))
}

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body) as unknown
  } catch {
    throw invalid('the body is no JSON.')
  }
}

/** Throws REQUEST_INVALID for a field that has to be there. */
export const demand = <T>(value: T | undefined, name: string): T => {
  if (value === undefined) throw invalid(`"${name}" is missing.`)
  return value
}
