/** Owns looking up a row of a table by a name that a stranger chose: what every object has is no row. */
export const rowOf = <Row>(table: Readonly<Record<string, Row | undefined>>, name: string): Row | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined
