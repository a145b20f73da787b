/** Owns reading JSON that people keep in files: what is not known is refused, and every refusal says where. */
import { AppError, printable } from '@towline/protocol'

/** What is read, by key. */
export type Fields = Readonly<Record<string, unknown>>

/** Makes the error for what is wrong at a place, such as `contexts[0].url`. */
export type Fail = (key: string, problem: string) => AppError

/** CONFIG_INVALID of a file. */
export const failIn =
  (file: string): Fail =>
  (key, problem) =>
    new AppError('CONFIG_INVALID', { key, file, problem })

/** The value, or undefined when the text is no JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const readObject = (value: unknown, at: string, fail: Fail): Fields => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw fail(at, 'it is not a JSON object')
}

export const refuseUnknown = (value: Fields, known: readonly string[], fail: Fail): void => {
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw fail(printable(unknown), `this key is not known; the known ones are ${known.join(', ')}`)
}
