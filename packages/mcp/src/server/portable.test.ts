/** Proves that schemas keep their contract when they are written for clients of all sorts. */
import { verifies } from '@towline/testkit/verifies'
import { expect, it } from 'vitest'
import { portable } from './portable.ts'

it.each<readonly [why: string, given: object, written: object]>([
  [
    'several types are a choice',
    { type: ['string', 'null'], minLength: 1, description: 'A' },
    { description: 'A', anyOf: [{ type: 'string', minLength: 1 }, { type: 'null' }] },
  ],
  [
    'any further members are said so',
    { type: 'object', additionalProperties: {} },
    { type: 'object', additionalProperties: true },
  ],
  [
    'a value of any sort says so, at any depth',
    {
      type: 'object',
      properties: { list: { type: 'array', items: { type: 'object', properties: { any: { description: 'B' } } } } },
    },
    {
      type: 'object',
      properties: {
        list: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              any: {
                description: 'B',
                anyOf: ['object', 'array', 'string', 'number', 'boolean', 'null'].map((type) => ({ type })),
              },
            },
          },
        },
      },
    },
  ],
  [
    'a property may be called as a keyword is',
    { type: 'object', properties: { type: { type: 'string' } } },
    { type: 'object', properties: { type: { type: 'string' } } },
  ],
])('mcp schemas: %s', (_why, given, written) => {
  verifies('mcp.conformance')
  expect(portable(given)).toEqual(written)
})
