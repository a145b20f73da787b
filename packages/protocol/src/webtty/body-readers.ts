/** Owns the small readers that several bodies of webtty frames are made of. */
import { AppError } from '../errors.ts'
import { optional, type Reader, shape } from '../link/readers.ts'
import type { StreamError } from './messages.ts'

/** What is wrong with the value at `path`. */
export const wrong = (path: string, problem: string): AppError =>
  new AppError('PROTOCOL_ERROR', { problem: `${path} ${problem}` })

export const UTF8 = new TextEncoder()

/** Text of at most `most` characters that no system call would cut short. */
export const text =
  (most: number): Reader<string> =>
  (value, path) => {
    if (typeof value !== 'string') throw wrong(path, 'is not text')
    if (value.length > most) throw wrong(path, `has ${value.length} characters`)
    if (value.includes('\0')) throw wrong(path, 'holds a NUL')
    return value
  }

/** At most `most` items. */
export const listOf =
  <T>(reader: Reader<T>, most: number): Reader<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw wrong(path, 'is not a list')
    if (value.length > most) throw wrong(path, `has ${value.length} items`)
    return value.map((item, at) => reader(item, `${path}[${at}]`))
  }

/** A name or a short text. */
export const word = text(256)
/** A path or a sentence. */
export const path4k = text(4096)

/** Of a process or an exposure, chosen by its client. */
export const id: Reader<string> = (value, path) => {
  if (typeof value === 'string' && /^[\w-]{1,64}$/.test(value)) return value
  throw wrong(path, 'is not 1 to 64 of A-Z a-z 0-9 "_" "-"')
}

const details: Reader<NonNullable<StreamError['details']>> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'is not an object')
  const entries = Object.entries(value).slice(0, 32)
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string | number] => ['string', 'number'].includes(typeof entry[1])),
  )
}

/** Why something ended. */
export const reset = shape<StreamError>({ code: word, message: path4k, details: optional(details) })
