/** Owns the JSON Schemas of tools that are operations: taken from the OpenAPI document, so that the two cannot differ. */
import type { OpenApiDocument } from '../../api/document.ts'
import { portable } from './portable.ts'
import type { JsonSchema } from './tool.ts'

export interface OperationSchemas {
  /** Of path, query and body as one object. */
  readonly input: JsonSchema & { readonly properties: Readonly<Record<string, JsonSchema>> }
  readonly output: JsonSchema
}

interface Described {
  readonly 'x-towline-mcp-tool'?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Body
  readonly responses: Readonly<Record<string, Body>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: JsonSchema
}

interface Body {
  readonly content?: { readonly 'application/json'?: { readonly schema: JsonSchema } }
}

/** By the name of the tool. */
export const operationSchemas = (document: OpenApiDocument): ReadonlyMap<string, OperationSchemas> => {
  const items = Object.values(document['paths'] as Readonly<Record<string, Readonly<Record<string, Described>>>>)
  const inlined = inliner(document)
  return new Map(
    items.flatMap((item) =>
      Object.values(item).flatMap((one) => {
        const name = one['x-towline-mcp-tool']
        return name === undefined
          ? []
          : [[name, { input: inputOf(one, inlined), output: outputOf(one, inlined) }] as const]
      }),
    ),
  )
}

type Inline = (schema: unknown) => unknown

const inputOf = ({ parameters = [], requestBody }: Described, inline: Inline): OperationSchemas['input'] => {
  const fields = parameters.filter((one) => one.in !== 'header')
  const body = inline(requestBody?.content?.['application/json']?.schema ?? {}) as {
    readonly properties?: Readonly<Record<string, JsonSchema>>
    readonly required?: readonly string[]
  }
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(fields.map(({ name, schema }) => [name, inline(schema) as JsonSchema])),
      ...body.properties,
    },
    required: [...fields.flatMap(({ name, required }) => (required ? [name] : [])), ...(body.required ?? [])],
    additionalProperties: false,
  }
}

const outputOf = ({ responses }: Described, inline: Inline): JsonSchema => {
  const success = responses['200'] ?? responses['201']
  return inline(success?.content?.['application/json']?.schema) as JsonSchema
}

/** The empty schema, which some clients take for a mistake. */
const isAnything = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0

/** Keywords whose value is no schema. */
const DATA = new Set(['default', 'const', 'enum', 'required'])

const COMPONENT = /^#\/components\/schemas\/(\w+)$/

/** Schemas without references, which not every client follows; ours do not contain themselves. Examples are left out. */
const inliner = (document: OpenApiDocument): Inline => {
  const { schemas } = document['components'] as { readonly schemas: Readonly<Record<string, object>> }
  const inline: Inline = (value) => {
    if (Array.isArray(value)) return value.map(inline)
    if (typeof value !== 'object' || value === null) return value
    const { $ref, examples: _, ...rest } = value as { readonly $ref?: string; readonly examples?: unknown }
    const own = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, below(key, one)]))
    const name = $ref && COMPONENT.exec($ref)?.[1]
    return portable(name ? { ...(inline(schemas[name]) as object), ...own } : own)
  }
  const below = (key: string, value: unknown): unknown => {
    if (DATA.has(key)) return value
    if (key === 'properties') return fields(value)
    return isAnything(value) ? true : inline(value)
  }
  // A field may be called "examples" or "$ref" too.
  const fields = (properties: unknown): object =>
    Object.fromEntries(Object.entries(properties as object).map(([key, schema]) => [key, inline(schema)]))
  return inline
}
