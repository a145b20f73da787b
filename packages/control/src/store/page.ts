/** Owns paging: a cursor is the sort key of the last row of a page, so rows that come or go shift nothing. */
import { AppError } from '@towline/protocol'
import { type RawBuilder, sql } from 'kysely'

export interface PageQuery {
  /** At most so many. */
  readonly limit: number
  /** `next` of the page before; the first page when absent. */
  readonly cursor?: string | undefined
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Absent on the last page. */
  readonly next?: string
}

/** What rows are sorted by: a column, or one that may be equal and one that is not. */
export type Key = readonly (string | number)[]

/** Rows are asked for with `limit + 1`; the one too many tells that there is a next page. */
export const pageOf = <Row, T>(
  rows: readonly Row[],
  limit: number,
  as: { readonly key: (row: Row) => Key; readonly item: (row: Row) => T },
): Page<T> => {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const items = shown.map(as.item)
  return rows.length > limit && last !== undefined ? { items, next: cursorAt(as.key(last)) } : { items }
}

/** The cursor that goes on after a row. */
export const cursorAt = (key: Key): string => Buffer.from(JSON.stringify(key)).toString('base64url')

/** The condition `columns` beyond the cursor, in the order of the page. Throws REQUEST_INVALID for a cursor not of ours. */
export const beyond = (
  cursor: string | undefined,
  columns: readonly string[],
  order: 'asc' | 'desc' = 'asc',
): RawBuilder<boolean> => {
  if (cursor === undefined) return sql<boolean>`1 = 1`
  const key = decode(cursor, columns.length)
  const left = sql.join(columns.map((column) => sql.ref(column)))
  return sql<boolean>`(${left}) ${sql.raw(order === 'asc' ? '>' : '<')} (${sql.join(key)})`
}

const decode = (cursor: string, length: number): Key => {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(key) && key.length === length && key.every(isPart)) return key as Key
  } catch {
    // Told below.
  }
  throw new AppError('REQUEST_INVALID', { problem: 'the cursor is not one that a page before has told' })
}

const isPart = (part: unknown): boolean =>
  Number.isSafeInteger(part) || (typeof part === 'string' && !part.includes('\0'))
