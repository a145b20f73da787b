/** Owns the small readers that message shapes are made of: each answers a checked copy or throws PROTOCOL_ERROR. */
import { AppError } from '../errors.ts'
import { LIMITS } from '../limits.ts'

/** Reads a value found at `path`, which names it in errors. */
export type Reader<T> = (value: unknown, path: string) => T

const wrong = (path: string, problem: string): AppError =>
  new AppError('PROTOCOL_ERROR', { problem: `${path} ${problem}` })

/** Text of at most linkTextChars. */
export const text: Reader<string> = (value, path) => {
  if (typeof value !== 'string') throw wrong(path, 'is not text')
  if (value.length > LIMITS.linkTextChars) throw wrong(path, `has ${value.length} characters`)
  return value
}

/** True or false. */
export const flag: Reader<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw wrong(path, 'is not true or false')
  return value
}

/** A whole number between two bounds, both included. */
export const integer =
  (least: number, most: number): Reader<number> =>
  (value, path) => {
    if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
    throw wrong(path, `is not a whole number from ${least} to ${most}`)
  }

/** A finite number that is not negative. */
export const measure: Reader<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw wrong(path, 'is not a number from 0 up')
  return value
}

export const textOrNumber: Reader<string | number> = (value, path) =>
  typeof value === 'number' ? value : text(value, path)

/** One of a fixed set of words. */
export const oneOf =
  <const Word extends string>(words: readonly Word[]): Reader<Word> =>
  (value, path) => {
    if (words.includes(value as Word)) return value as Word
    throw wrong(path, `is not one of ${words.join(', ')}`)
  }

export const literal = <const Word extends string>(word: Word): Reader<Word> => oneOf([word])

/** A value that may be absent; null counts as absent. */
export const optional =
  <T>(reader: Reader<T>): Reader<T | undefined> =>
  (value, path) =>
    value === undefined || value === null ? undefined : reader(value, path)

/** At most linkListItems values. */
export const list =
  <T>(reader: Reader<T>): Reader<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw wrong(path, 'is not a list')
    if (value.length > LIMITS.linkListItems) throw wrong(path, `has ${value.length} items`)
    return value.map((item, at) => reader(item, `${path}[${at}]`))
  }

/** At most linkListItems entries whose keys are not known beforehand. */
export const record =
  <T>(reader: Reader<T>): Reader<Readonly<Record<string, T>>> =>
  (value, path) => {
    const entries = Object.entries(object(value, path))
    if (entries.length > LIMITS.linkListItems) throw wrong(path, `has ${entries.length} entries`)
    return Object.fromEntries(
      entries.map(([key, item]) => [text(key, `a key of ${path}`), reader(item, `a value of ${path}`)]),
    )
  }

/** An object with known keys; others are dropped, and absent optional ones stay absent. */
export const shape =
  <T>(readers: { readonly [Key in keyof T]-?: Reader<T[Key]> }): Reader<T> =>
  (value, path) => {
    const from = object(value, path)
    const answer: Record<string, unknown> = {}
    for (const [key, reader] of Object.entries(readers) as [string, Reader<unknown>][]) {
      const read = reader(Object.hasOwn(from, key) ? from[key] : undefined, `${path}.${key}`)
      if (read !== undefined) answer[key] = read
    }
    return answer as T
  }

const object = (value: unknown, path: string): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'is not an object')
  return value as Record<string, unknown>
}
