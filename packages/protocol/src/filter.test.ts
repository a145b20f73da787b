/** Proves the filter grammar, by the language-neutral vectors. */
import { verifies } from '@towline/testkit/verifies'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../vectors/filter.json' with { type: 'json' }
import { AppError } from './errors.ts'
import { compileFilter } from './filter.ts'
import { refusal } from '../test/refusal.ts'

/** The vectors use only what RE2 and JavaScript read alike. */
const regex = (pattern: string) => {
  const compiled = new RegExp(pattern, 'u')
  return (text: string) => compiled.test(text)
}
const compile = (filter: string) => compileFilter(filter, vectors.keys, regex)

describe('protocol filter', () => {
  it.each(vectors.refused)('refuses a filter: $problem', ({ filter, problem }) => {
    verifies('engine.filter', 'limits.table')
    const { code, details } = refusal(() => compile(filter))
    expect({ code, details }).toEqual({
      code: 'FILTER_INVALID',
      details: { problem, known: 'id, name, status, port, publish, tags, labels.<key>' },
    })
  })

  it('refuses whatever the regex compiler throws at', () => {
    expect(refusal(() => compile('{"name":{"regex":"("}}')).details['problem']).toBe(
      'the regex "(" is not of the RE2 kind, or too large',
    )
  })

  it('answers or refuses any text and any JSON, and throws nothing else', () => {
    const item = vectors.items[0] ?? {}
    const key = fc.oneof(
      fc.constantFrom('name', 'labels', 'labels.team', 'AND', 'OR', 'exact', 'oneof', 'regex'),
      fc.string(),
    )
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 12 },
        fc.jsonValue(),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(key, tie('node'), { maxKeys: 3 }),
      ),
    }))
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      node.map((value) => JSON.stringify({ AND: [value], name: value })),
    )
    const told = (filter: string): unknown => {
      try {
        return compile(filter)(item)
      } catch (error) {
        return error instanceof AppError && error.code === 'FILTER_INVALID' ? false : error
      }
    }
    fc.assert(
      fc.property(text, (filter) => typeof told(filter) === 'boolean'),
      { seed: 1, numRuns: 2_000 },
    )
  })

  it.each(vectors.cases)('passes what $filter asks for', ({ filter, passes }) => {
    verifies('engine.filter')
    expect(vectors.items.filter(compile(filter)).map(({ id }) => id)).toEqual(passes)
  })
})
