/** Owns the page of an API: its OpenAPI document as Markdown, operation by operation. */
import type { SiteApi } from '../site.ts'
import { type Json, list, mediaSchema, object, type Schema, text, typeOf } from './openapi.ts'
import type { Page } from './page.ts'

/** `/docs<path of the API>`. */
export const apiPage = async ({ path, title, document }: SiteApi): Promise<Page> => ({
  path: `/docs${path}`,
  title,
  description: `Every operation under ${path}, with the permission, input and answers of each.`,
  section: 'APIs',
  markdown: apiMarkdown(object(await document()), { path, title }),
})

/** The whole document; what it does not say is left away. */
const apiMarkdown = (document: Json, { path, title }: Pick<SiteApi, 'path' | 'title'>): string => {
  const info = object(document['info'])
  const operations = operationsOf(document)
  const schemas = Object.entries(object(object(document['components'])['schemas']))
  const parts = [
    `# ${title}`,
    `Made from [${path}/openapi.json](${path}/openapi.json), version ${inline(text(info['version']) || 'unknown')}.`,
    text(info['description']),
    operations.length > 0 ? overview(operations) : '',
    ...operations.map(operationPart),
    schemas.length > 0 ? '## Schemas' : '',
    ...schemas.map(([name, schema]) => schemaPart(name, object(schema))),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

interface Operation {
  readonly method: string
  readonly path: string
  readonly of: Json
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

const operationsOf = (document: Json): readonly Operation[] =>
  Object.entries(object(document['paths'])).flatMap(([path, item]) =>
    METHODS.filter((method) => object(item)[method] !== undefined).map((method) => ({
      method: method.toUpperCase(),
      path,
      of: object(object(item)[method]),
    })),
  )

const overview = (operations: readonly Operation[]): string =>
  table(
    ['operation', 'what it does', 'needs'],
    operations.map(({ method, path, of }) => [`\`${method} ${path}\``, text(of['summary']), needs(of)]),
  )

const operationPart = ({ method, path, of }: Operation): string => {
  const parameters = list(of['parameters']).map(object)
  const body = object(of['requestBody'])
  const parts = [
    `## ${method} ${path}`,
    text(of['summary']),
    text(of['description']),
    `Needs: ${needs(of) || 'no credential'}.`,
    parameters.length > 0 ? `### Parameters\n\n${table(PARAMETER_HEAD, parameters.map(parameterRow))}` : '',
    body['content'] === undefined ? '' : `### Body\n\n${bodyText(body)}`,
    `### Answers\n\n${table(['status', 'what', 'schema'], Object.entries(object(of['responses'])).map(responseRow))}`,
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** What the extensions of ours say. */
const needs = (of: Json): string => {
  const permissions = list(of['x-towline-required-permissions']).map(text)
  const rules = list(of['x-towline-required-rules']).map(object)
  const ruled = rules.map(({ resource, action }) => `${text(resource)}:${text(action)}`)
  const named = permissions.length > 0 ? permissions : ruled
  if (named.length > 0) return named.map((name) => `\`${name}\``).join(', ')
  return list(of['security']).length > 0 ? 'a token' : ''
}

const PARAMETER_HEAD = ['name', 'in', 'type', 'required', 'what']

const parameterRow = (parameter: Json): readonly string[] => {
  const schema = object(parameter['schema'])
  const what = text(parameter['description']) || text(schema['description'])
  return [`\`${text(parameter['name'])}\``, text(parameter['in']), typeOf(schema), yes(parameter['required']), what]
}

const bodyText = (body: Json): string => {
  const schema = mediaSchema(body)
  return schema.properties === undefined ? typeOf(schema) : fields(schema)
}

const responseRow = ([status, response]: readonly [string, unknown]): readonly string[] => [
  status,
  text(object(response)['description']),
  object(response)['content'] === undefined ? '' : typeOf(mediaSchema(object(response))),
]

const schemaPart = (name: string, schema: Schema): string => {
  const what = text(schema['description'])
  const shape = schema['properties'] === undefined ? typeOf(schema) : fields(schema)
  return [`### ${name}`, what, shape].filter((part) => part !== '').join('\n\n')
}

const fields = (schema: Schema): string => {
  const required = list(schema['required'])
  const rows = Object.entries(object(schema['properties'])).map(([name, field]) => [
    `\`${name}\``,
    typeOf(object(field)),
    yes(required.includes(name)),
    text(object(field)['description']),
  ])
  return table(['field', 'type', 'required', 'what'], rows)
}

const yes = (value: unknown): string => (value === true ? 'yes' : '')

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')

const cell = (value: string): string => inline(value).replaceAll('|', '\\|')

const inline = (value: string): string => value.replace(/\s+/g, ' ').trim()
