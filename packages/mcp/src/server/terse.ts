/** Owns leaving out of JSON Schema what tells a model nothing: it pays for each word, in each conversation. All is checked all the same. */

type Json = Readonly<Record<string, unknown>>

/** Keywords by the values that say nothing. */
const NOTHING: Readonly<Record<string, (value: unknown) => boolean>> = {
  minLength: (value) => value === 1,
  minItems: (value) => value === 1,
  // More than anyone would write by hand.
  maxLength: (value) => Number(value) >= 4_096,
  maxItems: (value) => Number(value) >= 1_024,
  minimum: (value) => value === Number.MIN_SAFE_INTEGER,
  maximum: (value) => Number(value) >= Number.MAX_SAFE_INTEGER,
  propertyNames: () => true,
}

/** Names of properties are no keywords. */
const NAMED = ['properties', '$defs']

export const terse = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(terse)
  if (!isObject(schema)) return schema
  const said = Object.entries(schema).filter(([key, value]) => !NOTHING[key]?.(value))
  return Object.fromEntries(said.map(([key, value]) => [key, NAMED.includes(key) ? named(value) : own(key, value)]))
}

const named = (schemas: unknown): unknown =>
  Object.fromEntries(Object.entries(schemas as Json).map(([name, one]) => [name, terse(one)]))

/** Values are data. */
const own = (key: string, value: unknown): unknown =>
  ['default', 'const', 'enum', 'examples', 'required'].includes(key) ? value : terse(value)

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
