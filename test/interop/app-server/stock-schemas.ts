/** Owns what stock Codex says of its own app-server: which methods it has, and JSON Schemas that messages are held to. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2019, type ErrorObject, type ValidateFunction } from 'ajv/dist/2019.js'
import { openAgentHome } from '../mcp/agent-home.ts'
import { codex } from '../mcp-local/codex.ts'
import { succeed } from '../processes.ts'

/** `serverResponse` is what a client answers to a request of the server. */
export type Judged = 'request' | 'response' | 'notification' | 'serverRequest' | 'serverResponse'

export interface StockMethod {
  /** Needs the capability `experimentalApi`. */
  readonly experimental: boolean
  /** Params that need it, of a method that does not. */
  readonly experimentalFields: readonly string[]
}

export interface StockSchemas {
  /** What clients may call. */
  readonly methods: ReadonlyMap<string, StockMethod>
  /**
   * What stock would object to in the params or the result of `method`; empty when it is well. A field that stock does not
   * know is objected to as well, but for those of extensions.
   */
  validate(kind: Judged, method: string, value: unknown): readonly string[]
}

interface Variant {
  readonly properties: {
    readonly method: { readonly enum: readonly [string] }
    readonly params?: { readonly $ref?: string }
  }
}
interface Schema {
  readonly oneOf?: readonly Variant[]
  readonly properties?: Readonly<Record<string, unknown>>
}
interface Document {
  readonly definitions: Readonly<Record<string, Schema>> & { readonly v2: Readonly<Record<string, Schema>> }
}

let made: Promise<StockSchemas> | undefined
/** Asks the stock program once. Throws what it said when it has no answer. */
export const stockSchemas = (): Promise<StockSchemas> => (made ??= make())

const make = async (): Promise<StockSchemas> => {
  const home = openAgentHome()
  const generate = async (name: string, ...flags: readonly string[]): Promise<Document> => {
    const out = join(home.path, name)
    await succeed(home.bare(...codex(), 'app-server', 'generate-json-schema', '--out', out, ...flags))
    return JSON.parse(readFileSync(join(out, 'codex_app_server_protocol.schemas.json'), 'utf8')) as Document
  }
  try {
    const [stable, all] = await Promise.all([generate('stable'), generate('all', '--experimental')])
    return { methods: methodsOf(stable, all), validate: validator(all) }
  } finally {
    home.remove()
  }
}

const variants = (document: Document, name: string): ReadonlyMap<string, Variant> =>
  new Map((document.definitions[name]?.oneOf ?? []).map((each) => [each.properties.method.enum[0], each]))

/** `#/definitions/v2/ThreadStartParams` and the like. */
const at = (document: Document, ref: string | undefined): Schema | undefined => {
  const words = ref?.split('/').slice(2)
  return words?.reduce<unknown>((inner, word) => (inner as Record<string, unknown>)?.[word], document.definitions) as
    | Schema
    | undefined
}

const methodsOf = (stable: Document, all: Document): ReadonlyMap<string, StockMethod> => {
  const known = variants(stable, 'ClientRequest')
  const fields = (document: Document, { properties }: Variant): readonly string[] =>
    Object.keys(at(document, properties.params?.$ref)?.properties ?? {})
  const row = (method: string, variant: Variant): StockMethod => {
    const old = known.get(method)
    if (!old) return { experimental: true, experimentalFields: [] }
    const without = fields(stable, old)
    return {
      experimental: false,
      experimentalFields: fields(all, variant).filter((name) => !without.includes(name)),
    }
  }
  return new Map([...variants(all, 'ClientRequest')].map(([method, variant]) => [method, row(method, variant)]))
}

const KINDS = { request: 'ClientRequest', notification: 'ServerNotification', serverRequest: 'ServerRequest' } as const

/** Results are named after the params, but for these. */
const RESULTS: Readonly<Record<string, string>> = {
  'config/mcpServer/reload': 'McpServerRefreshResponse',
  'config/value/write': 'ConfigWriteResponse',
  'config/batchWrite': 'ConfigWriteResponse',
  'configRequirements/read': 'ConfigRequirementsReadResponse',
}

/** Fields of ours, by method, that stock clients leave unread. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  ['initialize', 'thread/start', 'thread/resume', 'thread/fork', 'thread/read'].map((method) => [method, ['towline']]),
)

const validator = (all: Document): StockSchemas['validate'] => {
  const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema(closed(all), 'codex')
  const compiled = new Map<string, ValidateFunction | undefined>()
  const compile = (ref: string | undefined): ValidateFunction | undefined => {
    if (ref === undefined) return undefined
    if (!compiled.has(ref)) compiled.set(ref, ajv.getSchema(`codex${ref}`))
    return compiled.get(ref)
  }
  const paramsOf = (kind: keyof typeof KINDS, method: string): string | undefined => {
    const list = all.definitions[KINDS[kind]]?.oneOf ?? []
    const index = list.findIndex(({ properties }) => properties.method.enum[0] === method)
    if (index < 0) return undefined
    return list[index]?.properties.params?.$ref ?? `#/definitions/${KINDS[kind]}/oneOf/${index}/properties/params`
  }
  const resultOf = (asked: 'request' | 'serverRequest', method: string): string | undefined => {
    const name = RESULTS[method]
    if (name) return `#/definitions/v2/${name}`
    return paramsOf(asked, method)?.replace(/Params$/, 'Response')
  }
  const refOf: Readonly<Record<Judged, (method: string) => string | undefined>> = {
    request: (method) => paramsOf('request', method),
    notification: (method) => paramsOf('notification', method),
    serverRequest: (method) => paramsOf('serverRequest', method),
    response: (method) => resultOf('request', method),
    serverResponse: (method) => resultOf('serverRequest', method),
  }

  return (kind, method, value) => {
    if (method.startsWith('towline/')) return []
    const check = compile(refOf[kind](method))
    if (!check) return [`stock Codex does not know the ${kind} ${method}`]
    if (check(stripped(method, value ?? null))) return []
    return [...new Set(telling(check.errors ?? []).map((error) => `${kind} ${method}${words(error)}`))]
  }
}

/** What a schema does not name is let through by it; here only what it leaves open on purpose is. */
const closed = (document: Document): Document => {
  const close = (definitions: Readonly<Record<string, Schema>>) =>
    Object.fromEntries(
      Object.entries(definitions).map(([name, schema]) => [
        name,
        typeof schema === 'object' && (schema.properties || isOneOfObjects(schema))
          ? { unevaluatedProperties: false, ...schema }
          : schema,
      ]),
    )
  const { v2, ...v1 } = document.definitions
  return { definitions: { ...close(v1), v2: close(v2) } as unknown as Document['definitions'] }
}

const isOneOfObjects = ({ oneOf }: Schema): boolean =>
  oneOf?.some(({ properties }) => properties !== undefined) ?? false

const stripped = (method: string, value: unknown): unknown => {
  const ours = EXTENSIONS[method]
  if (!ours || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => !ours.includes(name)))
}

/** Of a union only the alternative is told that the value says to be; that it fits none says nothing more. */
const telling = (errors: readonly ErrorObject[]): readonly ErrorObject[] => {
  const others = errors.flatMap(({ keyword, schemaPath, instancePath }) => {
    const [, branch] = /^(.*\/oneOf\/\d+\/)properties\/\w+\/enum$/.exec(schemaPath) ?? []
    return keyword === 'enum' && branch ? [{ branch, instance: instancePath.replace(/\/[^/]*$/, '') }] : []
  })
  const isOther = ({ schemaPath, instancePath }: ErrorObject): boolean =>
    others.some(({ branch, instance }) => schemaPath.startsWith(branch) && within(instancePath, instance))
  const left = errors.filter((error) => !UNIONS.has(error.keyword) && !isOther(error))
  const told = left.filter(
    (error) =>
      error.keyword !== 'unevaluatedProperties' ||
      !left.some((more) => more.keyword !== error.keyword && within(more.instancePath, error.instancePath)),
  )
  return told.length > 0 ? told : errors
}

const UNIONS: ReadonlySet<string> = new Set(['oneOf', 'anyOf'])

const within = (path: string, outer: string): boolean => path === outer || path.startsWith(`${outer}/`)

const words = ({ instancePath, message, params }: ErrorObject): string =>
  `${instancePath}: ${message} ${JSON.stringify(params)}`
