/** Owns laying tables of settings over each other: tables are joined, everything else is replaced. */
import type { Table } from './toml-file.ts'

export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** Later ones win. */
export const merged = (...tables: readonly Table[]): Table => tables.reduce(over, {})

const over = (under: Table, upper: Table): Table => {
  const all: Record<string, unknown> = { ...under }
  for (const [key, value] of Object.entries(upper)) {
    const below = Object.hasOwn(all, key) ? all[key] : undefined
    Object.defineProperty(all, key, {
      value: isTable(value) && isTable(below) ? over(below, value) : value,
      ...{ enumerable: true, writable: true, configurable: true },
    })
  }
  return all
}

/** Paths of the values that are no tables. */
export const leavesOf = (table: Table, path: readonly string[] = []): readonly (readonly string[])[] =>
  Object.entries(table).flatMap(([key, value]) =>
    isTable(value) && Object.keys(value).length > 0 ? leavesOf(value, [...path, key]) : [[...path, key]],
  )
