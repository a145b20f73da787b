/** Owns writing JSON Schema so that clients of all sorts take it: one type a schema, and nothing that says nothing. */

type Json = Readonly<Record<string, unknown>>

/** What says nothing about a value. */
const WORDS = ['title', 'description', 'default', 'examples']
const ANYTHING = ['object', 'array', 'string', 'number', 'boolean', 'null'].map((type) => ({ type }))

/** The same contract. Model providers that map schemas onto a dialect of theirs drop or refuse the other spellings. */
export const portable = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(portable)
  if (!isObject(schema)) return schema
  const own = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, PLACES[key]?.(value) ?? value]))
  if (Array.isArray(own['type'])) return oneByOne(own)
  return Object.keys(own).every((key) => WORDS.includes(key)) ? { ...own, anyOf: ANYTHING } : own
}

const each = (schemas: unknown): unknown =>
  isObject(schemas) ? Object.fromEntries(Object.entries(schemas).map(([key, one]) => [key, portable(one)])) : schemas

/** Where schemas stand in a schema. */
const PLACES: Readonly<Record<string, (value: unknown) => unknown>> = {
  properties: each,
  $defs: each,
  items: portable,
  anyOf: portable,
  oneOf: portable,
  allOf: portable,
  additionalProperties: (value) => (isObject(value) && Object.keys(value).length === 0 ? true : portable(value)),
}

/** `{type: [string, null]}` as a choice; what is said of the value holds for the types it is about. */
const oneByOne = ({ type, ...rest }: Json): Json => {
  const words = Object.fromEntries(Object.entries(rest).filter(([key]) => WORDS.includes(key)))
  const more = Object.fromEntries(Object.entries(rest).filter(([key]) => !WORDS.includes(key)))
  return {
    ...words,
    anyOf: (type as readonly string[]).map((one) => (one === 'null' ? { type: one } : { type: one, ...more })),
  }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
