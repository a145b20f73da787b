/** Owns writing boundaries: one text for one meaning's shape, whatever the order of keys. */
import type { Boundary } from './boundary.ts'
import { isObject } from './reading.ts'

/** JSON with keys in order; `readBoundary` reads it back to an equal boundary. */
export const printBoundary = (boundary: Boundary): string => JSON.stringify(ordered(boundary))

const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, ordered(value[key])]),
  )
}
