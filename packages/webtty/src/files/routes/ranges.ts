/** Owns which bytes of a file a request asks for (RFC 9110 §14). */
import { AppError, type Limits } from '@towline/protocol'

/** From `start` up to, without, `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

const SPEC = /^(\d*)-(\d*)$/
const DIGITS = 15

/**
 * The ranges to serve, in order and apart from each other; undefined to serve everything, which is what a field that cannot
 * be read means. Throws FILE_RANGE_INVALID when none begins within the file or there are too many.
 */
export const parseRanges = (field: string | undefined, size: number, limits: Limits): readonly Range[] | undefined => {
  const specs = /^bytes=(.*)$/i
    .exec(field ?? '')?.[1]
    ?.split(',')
    .map((spec) => spec.trim())
    .filter((spec) => spec !== '')
  if (specs === undefined || specs.length === 0) return undefined
  if (specs.length > limits.filesRanges) throw new AppError('FILE_RANGE_INVALID', { size })
  const parsed = specs.map((spec) => parseSpec(spec, size))
  if (parsed.includes('malformed')) return undefined
  const ranges = parsed.filter((range) => typeof range === 'object')
  if (ranges.length === 0) throw new AppError('FILE_RANGE_INVALID', { size })
  return merge(ranges)
}

const parseSpec = (spec: string, size: number): Range | 'malformed' | 'beyond' => {
  const [, first = '', last = ''] = SPEC.exec(spec) ?? []
  if ((first === '' && last === '') || first.length > DIGITS || last.length > DIGITS) return 'malformed'
  if (first === '')
    return last === '0' || size === 0 ? 'beyond' : { start: Math.max(0, size - Number(last)), end: size }
  if (last !== '' && Number(last) < Number(first)) return 'malformed'
  if (Number(first) >= size) return 'beyond'
  return { start: Number(first), end: last === '' ? size : Math.min(size, Number(last) + 1) }
}

/** What overlaps or touches becomes one, so that no answer is longer than the file. */
const merge = (ranges: readonly Range[]): readonly Range[] => {
  const merged: Range[] = []
  for (const range of [...ranges].sort((one, other) => one.start - other.start)) {
    const before = merged.at(-1)
    if (before === undefined || before.end < range.start) merged.push(range)
    else merged[merged.length - 1] = { start: before.start, end: Math.max(before.end, range.end) }
  }
  return merged
}
