/** Owns reading a path of a request: UTF-8 text, always relative to the served folder, into its parts. */
import { AppError, type Limits } from '@towline/protocol'

const invalid = (problem: string): AppError => new AppError('FILE_PATH_INVALID', { problem })

/** Half of a pair: no UTF-8 can say it, so it would become another name on the disk. */
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * The parts of a path; `/`, `.` and nothing at all are the served folder itself. `..` stays in, for a link before it decides
 * where it leads. Throws FILE_PATH_INVALID, and FILE_OUTSIDE when the text alone leaves the folder.
 */
export const parsePath = (text: string, limits: Limits): readonly string[] => {
  if (text.includes('\0')) throw invalid('it has a NUL.')
  if (LONE_SURROGATE.test(text)) throw invalid('it is not UTF-8.')
  if (Buffer.byteLength(text) > limits.filesPathBytes)
    throw invalid(`it is longer than ${limits.filesPathBytes} bytes.`)
  const parts = partsOf(text)
  if (parts.length > limits.filesPathParts) throw invalid(`it has more than ${limits.filesPathParts} parts.`)
  if (parts.some((part) => Buffer.byteLength(part) > limits.filesNameBytes)) {
    throw invalid(`a name is longer than ${limits.filesNameBytes} bytes.`)
  }
  if (leaves(parts)) throw new AppError('FILE_OUTSIDE')
  return parts
}

/** Parts of a path or of a link's text: what is empty or `.` says nothing. */
export const partsOf = (text: string): readonly string[] =>
  text.split('/').filter((part) => part !== '' && part !== '.')

/** Such as `/a/b`; `/` for the served folder. */
export const joinParts = (parts: readonly string[]): string => `/${parts.join('/')}`

const leaves = (parts: readonly string[]): boolean => {
  let depth = 0
  return parts.some((part) => (depth += part === '..' ? -1 : 1) < 0)
}
