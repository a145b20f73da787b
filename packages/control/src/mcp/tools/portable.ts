/** Owns writing JSON Schemas so that clients with a smaller dialect understand them too; they mean the same. */
import type { JsonSchema } from './tool.ts'

/** Changes one level; what is below is portable already. */
export const portable = (schema: JsonSchema): JsonSchema => single(merged(schema))

/** `allOf` of a schema and words about it is one schema. */
const merged = ({ allOf, ...rest }: JsonSchema): JsonSchema => {
  if (!Array.isArray(allOf)) return rest
  const parts = [...(allOf as JsonSchema[]), rest]
  const keys = parts.flatMap((part) => Object.keys(part).filter((key) => key !== 'description'))
  return new Set(keys).size < keys.length ? { allOf, ...rest } : Object.assign({}, ...parts)
}

/** A list of types is a choice of schemas with one type each. */
const single = (schema: JsonSchema): JsonSchema => {
  const { type, description, default: value, ...rest } = schema
  if (!Array.isArray(type)) return schema
  const choices = type.map((one) => (one === 'null' ? { type: one } : { ...rest, type: one }))
  return {
    anyOf: choices,
    ...(description !== undefined && { description }),
    ...(value !== undefined && { default: value }),
  }
}
