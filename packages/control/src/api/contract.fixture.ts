/** Owns holding answers to the OpenAPI document: each must be one that the document tells of, in the shape it tells. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { OpenApiDocument } from './document.ts'

interface Told {
  readonly content?: Readonly<Record<string, unknown>>
}
type Paths = Readonly<Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Told>> }>>>>

export interface Answered {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly contentType: string
  readonly body: unknown
}

/** Answers what is wrong with an answer; an empty text is nothing. Paths that no operation has may only be refused. */
export const contractOf = (document: OpenApiDocument): ((answered: Answered) => string) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addSchema(document, 'document')
  const paths = document['paths'] as Paths
  const known = Object.keys(paths).map((path) => {
    const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
    return { path, pattern }
  })
  const checks = new Map<string, ValidateFunction>()
  const checkOf = (...keys: readonly string[]): ValidateFunction => {
    const ref = `document#/${keys.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`
    const check = checks.get(ref) ?? ajv.compile({ $ref: ref })
    checks.set(ref, check)
    return check
  }
  return ({ method, path, status, contentType, body }) => {
    const found = known.find(({ pattern }) => pattern.test(path))?.path
    const operation = found === undefined ? undefined : paths[found]?.[method.toLowerCase()]
    if (found === undefined || !operation) {
      if (status < 400) return `${method} ${path} is not in the document`
      return checkOf('components', 'schemas', 'Problem')(body) ? '' : 'it is no problem'
    }
    const told = String(status) in operation.responses ? String(status) : 'default'
    if (told === 'default' && status < 400) return `${status} is not in the document`
    const type = contentType.split(';')[0] as string
    if (!operation.responses[told]?.content?.[type]) return `${status} as ${type} is not in the document`
    const keys = ['paths', found, method.toLowerCase(), 'responses', told, 'content', type, 'schema']
    const check = checkOf(...keys)
    return check(body) ? '' : JSON.stringify(check.errors)
  }
}
