/** Proves that whatever is served is in the table that docs list, schemas judge and capabilities are asked by. */
import { APP_METHODS } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { MCP_METHODS } from './mcp.ts'
import { BASIC_METHODS } from './tables.ts'
import { THREAD_METHODS } from './thread-methods.ts'

const served = [...BASIC_METHODS, THREAD_METHODS, MCP_METHODS].flatMap((table) => Object.keys(table))

describe('app-server methods', () => {
  it('are all described', () => {
    expect(served.filter((name) => !Object.hasOwn(APP_METHODS, name))).toEqual([])
  })
})
