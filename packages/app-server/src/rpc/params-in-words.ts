/** Owns params of an app-server: what is wrong with them is said in the words of stock Codex, which clients compare (serde's). */
import type { z } from 'zod'
import { RpcError } from './rpc-error.ts'

const invalid = (problem: string): RpcError => new RpcError('invalidRequest', `Invalid request: ${problem}`)

/** Throws RpcError. */
export const paramsInWords = <Params>(schema: z.ZodType<Params>, params: unknown): Params => {
  const { success, data, error } = schema.safeParse(params, { reportInput: true })
  if (success) return data
  throw invalid(wordsOf(error.issues[0]))
}

export const unknownVariant = (name: string, known: readonly string[]): RpcError =>
  invalid(`unknown variant \`${name}\`, ${expected(known)}`)

const wordsOf = (issue: z.core.$ZodIssue | undefined): string => {
  if (issue === undefined) return 'it does not fit'
  const { code, path, input } = issue
  if (input === undefined && code !== 'custom') return `missing field \`${String(path.at(-1) ?? 'params')}\``
  if (code === 'invalid_type')
    return `invalid type: ${shown(input)}, expected ${TYPES[issue.expected] ?? issue.expected}`
  if (code === 'invalid_value' && typeof input === 'string')
    return `unknown variant \`${input}\`, ${expected(issue.values.map(String))}`
  if (code === 'invalid_value' || code === 'invalid_union') return `${String(path.at(-1) ?? 'params')} does not fit`
  return issue.message
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'a boolean',
  array: 'a sequence',
  record: 'a map',
  int: 'an integer',
  number: 'a number',
}

const shown = (input: unknown): string => {
  if (input === null) return 'null'
  if (Array.isArray(input)) return 'sequence'
  if (typeof input === 'string') return `string ${JSON.stringify(input)}`
  if (typeof input === 'boolean') return `boolean \`${input}\``
  if (typeof input === 'number') return `${Number.isInteger(input) ? 'integer' : 'floating point'} \`${input}\``
  return 'map'
}

const expected = (known: readonly string[]): string => {
  const quoted = known.map((name) => `\`${name}\``)
  if (quoted.length === 2) return `expected ${quoted.join(' or ')}`
  return quoted.length === 1 ? `expected ${quoted[0]}` : `expected one of ${quoted.join(', ')}`
}
