/** Owns the reference page of the file of settings, made from its schema. */

const cell = (text) => String(text ?? '').replaceAll('|', '\\|')

/** The table of keys, and the example that names them all. */
export const configPage = async () => {
  const { CONFIG_EXAMPLE, configSchema } = await import(
    new URL('../../packages/control/dist/config/config-schema.js', import.meta.url)
  )
  const rows = rowsOf(configSchema.toJSONSchema(), '')
  const head = ['key', 'holds', 'needed', 'what it is']
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')
  return `${table}\n\n## Example\n\n\`\`\`json\n${JSON.stringify(CONFIG_EXAMPLE, null, 2)}\n\`\`\``
}

const rowsOf = ({ properties, required = [] }, before) =>
  Object.entries(properties).flatMap(([key, schema]) => [
    [`\`${before}${key}\``, holds(schema), required.includes(key) ? 'yes' : '', schema.description],
    ...below(schema, `${before}${key}`),
  ])

const below = (schema, path) => {
  if (schema.properties) return rowsOf(schema, `${path}.`)
  return schema.items?.properties ? rowsOf(schema.items, `${path}[].`) : []
}

const holds = (schema) => {
  if (schema.title) return schema.title
  if (schema.type === 'array')
    return `list of ${schema.items.type === 'object' ? 'objects' : `${kinds(schema.items)}s`}`
  if (schema.type === 'object' && !schema.properties) return 'object of texts'
  return kinds(schema)
}

const kinds = ({ enum: values, type, minimum, maximum }) => {
  if (values) return values.length > 4 ? 'name' : values.map((value) => `\`${value}\``).join(' or ')
  if (type === 'integer' || type === 'number') return `${KINDS[type]}${bounds(minimum, maximum)}`
  return KINDS[type] ?? type
}

const bounds = (minimum, maximum) =>
  maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : `, ${minimum} to ${maximum}`

const KINDS = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: '`true` or `false`',
  object: 'object',
}
