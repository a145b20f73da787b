/** Proves that portable schemas mean what they meant. */
import { describe, expect, it } from 'vitest'
import { portable } from './portable.ts'

describe('mcp portable schemas', () => {
  it.each([
    [
      { type: ['integer', 'null'], minimum: 1, description: 'd', default: 3 },
      { anyOf: [{ minimum: 1, type: 'integer' }, { type: 'null' }], description: 'd', default: 3 },
    ],
    [
      { allOf: [{ type: 'string', enum: ['a'], description: 'one' }, { description: 'two' }] },
      { type: 'string', enum: ['a'], description: 'two' },
    ],
    [
      { allOf: [{ type: 'string', minLength: 1 }, { minLength: 2 }] },
      { allOf: [{ type: 'string', minLength: 1 }, { minLength: 2 }] },
    ],
    [{ type: 'string' }, { type: 'string' }],
  ])('%j is written as %j', (schema, written) => {
    expect(portable(schema)).toEqual(written)
  })
})
