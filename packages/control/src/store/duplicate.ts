/** Owns telling that a write was refused because another row has what must be unique. */

/** SQLSTATE 23505 of PostgreSQL, and the two of SQLite. */
const DUPLICATE: ReadonlySet<unknown> = new Set(['23505', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'])

export const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && DUPLICATE.has(error.code)
