/** Owns pages of a list that is in memory: a cursor names the entry that the next page begins after. */
import { RpcError } from '../rpc/rpc-error.ts'

export interface Page<Entry> {
  readonly data: readonly Entry[]
  readonly nextCursor: string | null
  readonly backwardsCursor: string | null
}

interface Paging<Entry> {
  readonly cursor: string | null | undefined
  readonly size: number
  readonly descending: boolean
  keyOf(entry: Entry): string
}

/** `entries` are oldest first. A cursor that names none of them throws RpcError `invalid cursor`. */
export const pageOf = <Entry>(
  entries: readonly Entry[],
  { cursor, size, descending, keyOf }: Paging<Entry>,
): Page<Entry> => {
  const ordered = descending ? entries.toReversed() : entries
  const { key, includes } = cursorOf(cursor)
  const found = key === undefined ? -1 : ordered.findIndex((entry) => keyOf(entry) === key)
  if (key !== undefined && found < 0) throw new RpcError('invalidRequest', `invalid cursor: ${cursor}`)
  const from = includes ? found : found + 1
  const data = ordered.slice(from, from + size)
  const [first, last] = [data[0], data.at(-1)]
  return {
    data,
    nextCursor: last !== undefined && from + size < ordered.length ? cursorText(keyOf(last), false) : null,
    // From where the other direction begins, with the first of this page.
    backwardsCursor: first === undefined ? null : cursorText(keyOf(first), true),
  }
}

const cursorText = (key: string, includes: boolean): string =>
  JSON.stringify({ after: key, ...(includes && { includes }) })

const cursorOf = (cursor: string | null | undefined): { readonly key?: string; readonly includes: boolean } => {
  if (cursor === null || cursor === undefined) return { includes: false }
  try {
    const { after, includes } = JSON.parse(cursor) as Readonly<Record<string, unknown>>
    if (typeof after === 'string') return { key: after, includes: includes === true }
  } catch {}
  throw new RpcError('invalidRequest', `invalid cursor: ${cursor}`)
}
