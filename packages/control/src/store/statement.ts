/** Owns what a migration is made of. */

export type Dialect = 'sqlite' | 'postgres'

/** Portable SQL; or what only one of the databases understands, for each its own, and nothing where there is none. */
export type Statement = string | Readonly<Partial<Record<Dialect, string>>>

export const statementFor = (statement: Statement, dialect: Dialect): string | undefined =>
  typeof statement === 'string' ? statement : statement[dialect]
