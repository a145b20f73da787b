/** Proves that schemas lose what tells a model nothing, and nothing else. */
import { describe, expect, it } from 'vitest'
import { TOOLS } from '../catalogue.ts'
import { listedOf } from '../offer/listed-tool.ts'
import { terse } from './terse.ts'

/** Characters of a list of all tools: about four are a token. */
const INPUT_CHARS = 1_300
const ALL_CHARS = 130_000

describe('mcp schemas, terse', () => {
  it('leave out bounds that nobody meets', () => {
    const safe = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }
    expect(terse({ anyOf: [{ type: 'integer', ...safe }, { type: 'null' }] })).toEqual({
      anyOf: [{ type: 'integer' }, { type: 'null' }],
    })
    expect(terse({ type: 'string', minLength: 1, maxLength: 131_072 })).toEqual({ type: 'string' })
  })

  it('keep bounds that matter, and names and values that look like keywords', () => {
    const schema = {
      properties: { minLength: { type: 'integer', minimum: 1, maximum: 60_000 }, maximum: { enum: [1], default: 1 } },
      required: ['minLength'],
      additionalProperties: false,
    }
    expect(terse(schema)).toEqual(schema)
    expect(terse({ type: 'string', minLength: 2, maxLength: 64 })).toEqual({
      type: 'string',
      minLength: 2,
      maxLength: 64,
    })
  })

  it('leave a list of all tools that a context has room for', () => {
    const listed = TOOLS.map(listedOf)
    const chars = (value: unknown): number => JSON.stringify(value).length
    expect(chars(listed)).toBeLessThan(ALL_CHARS)
    const shown = listed.map(({ name, description, inputSchema }) => chars({ name, description, inputSchema }))
    expect(shown.reduce((sum, one) => sum + one, 0) / listed.length).toBeLessThan(INPUT_CHARS)
  })
})
