/** Owns reading values of an OpenAPI 3.1 document as they may come, and naming the type of a schema in a few words. */

export type Json = Readonly<Record<string, unknown>>
export type Schema = Json

export const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

/** The schema of the first media type of a body or response. */
export const mediaSchema = (holder: Json): Schema =>
  object(object(Object.values(object(holder['content']))[0])['schema'])

/** Such as `string`, `integer 1..1000`, `array of Tunnel` or `"a" or "b"`, with names of components as links. */
export const typeOf = (schema: Schema): string => {
  const found = NAMED.find(([key]) => schema[key] !== undefined)
  return found ? found[1](schema) : simple(schema)
}

const NAMED: readonly (readonly [key: string, name: (schema: Schema) => string])[] = [
  ['$ref', ({ $ref }) => reference(text($ref))],
  ['const', (schema) => `\`${JSON.stringify(schema['const'])}\``],
  [
    'enum',
    (schema) =>
      list(schema['enum'])
        .map((value) => `\`${JSON.stringify(value)}\``)
        .join(' or '),
  ],
  ['anyOf', (schema) => either(schema['anyOf'])],
  ['oneOf', (schema) => either(schema['oneOf'])],
  [
    'allOf',
    (schema) =>
      list(schema['allOf'])
        .map((part) => typeOf(object(part)))
        .join(' and '),
  ],
]

const either = (parts: unknown): string =>
  list(parts)
    .map((part) => typeOf(object(part)))
    .join(' or ')

const reference = (ref: string): string => {
  const name = ref.split('/').at(-1) ?? ref
  return `[${name}](#${name.toLowerCase()})`
}

const simple = (schema: Schema): string => {
  const types = [schema['type']]
    .flat()
    .map(text)
    .filter((type) => type !== '')
  const named = types.map((type) =>
    type === 'array' ? `array of ${typeOf(object(schema['items'])) || 'anything'}` : type,
  )
  return [named.join(' or '), text(schema['format']), bounds(schema)].filter((part) => part !== '').join(' ')
}

const BOUNDS = [
  ['minimum', 'maximum', ''],
  ['minLength', 'maxLength', ' characters'],
  ['minItems', 'maxItems', ' items'],
] as const

const bounds = (schema: Schema): string =>
  BOUNDS.flatMap(([least, most, unit]) => {
    const [from, to] = [text(schema[least]), text(schema[most])]
    return from === '' && to === '' ? [] : [`${from}..${to}${unit}`]
  }).join(', ')
