/** Owns the one reading of a request's path that boundaries match: a path that could be read in two ways has none. */

/** What a path is written in (RFC 3986 §3.3): no space, control character or raw byte above ASCII. */
const WRITTEN = /^\/[!-~]*$/
/** Separators must be written as such: encoded ones are data to some servers and structure to others. */
const STRUCTURE = /[#?\\]|%(?:2f|5c|2e)/i
/** What is left after decoding that a server which decodes twice, strips characters, or is made for Windows would act on. */
const AMBIGUOUS = /[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|%[0-9a-f]{2}/iu
/** `.` and `..`, also with what servers strip: parameters and spaces. */
const DOTS = /^\.{1,2}\s*(?:;|$)/u

/**
 * The decoded path, or undefined when it is not in its normal form: encoded slashes, backslashes or dots, empty segments,
 * `.` and `..`, what decodes to another escape, broken escapes, control and format characters, raw bytes above ASCII. The service gets
 * the path as it came, so nothing is repaired here (docs/protocol/permissions.md).
 */
export const canonicalPath = (raw: string): string | undefined => {
  if (!WRITTEN.test(raw) || STRUCTURE.test(raw)) return undefined
  const path = decoded(raw)
  return path !== undefined && isPlain(path) && isCompatible(path) ? path : undefined
}

const decoded = (raw: string): string | undefined => {
  if (!raw.includes('%')) return raw
  try {
    return decodeURIComponent(raw)
  } catch {
    return undefined
  }
}

const isPlain = (path: string): boolean => {
  const segments = path.split('/').slice(1)
  return !AMBIGUOUS.test(path) && segments.every((segment, index) => isSegment(segment, index === segments.length - 1))
}

/** Only the last may be empty. */
const isSegment = (segment: string, last: boolean): boolean => (segment === '' ? last : !DOTS.test(segment))

/** Some servers fold full-width dots and slashes (Unicode NFKC): the folded path must have the same structure. */
const isCompatible = (path: string): boolean => {
  const folded = path.normalize('NFKC')
  return folded === path || (isPlain(folded) && folded.split('/').length === path.split('/').length)
}
