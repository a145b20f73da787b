/** Owns how lists are read by pages. */

export interface PageParams {
  /** As an answer named it; it says nothing to clients. */
  readonly cursor?: string | null
  readonly limit?: number | null
}

export interface Page<Row> {
  readonly data: readonly Row[]
  /** Null at the end. */
  readonly nextCursor: string | null
}

/** Can also be read the other way. */
export interface TwoWayPage<Row> extends Page<Row> {
  readonly backwardsCursor: string | null
}

export type SortDirection = 'asc' | 'desc'
