/** Owns telling whether two requests are the same, whatever the order of their keys. */
import { createHash } from 'node:crypto'
import type { OpenRequest } from '@towline/protocol'

const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, ordered(member)]),
  )
}

/** SHA-256 of everything but the id and the size of the window, which changes between two tries. */
export const requestHash = ({ tty, ...request }: OpenRequest): string =>
  createHash('sha256')
    .update(JSON.stringify(ordered({ ...request, processId: undefined, term: tty?.term })))
    .digest('hex')
