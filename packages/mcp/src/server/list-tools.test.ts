/** Proves that tools are listed page by page, each once, and that a cursor of nobody is refused. */
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { type Guarded, openGuarded } from '../guard/guard.fixture.ts'

describe('mcp list of tools', () => {
  let guarded: Guarded
  afterEach(() => guarded.close())

  it.each(['legacy', 'modern'] as const)('comes page by page to a %s client, each tool once', async (era) => {
    verifies('mcp.serve')
    guarded = openGuarded({ limits: { mcpToolsPage: 4 } })
    const { client } = await guarded.connect(era)
    const pages: string[][] = []
    let cursor: string | undefined
    do {
      const page = await client.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } })
      pages.push(page.tools.map(({ name }) => name))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    expect(pages.map(({ length }) => length)).toEqual([4, 4, 1])
    expect(new Set(pages.flat()).size).toBe(9)
    await expect(client.request({ method: 'tools/list', params: { cursor: 'towline_none' } })).rejects.toMatchObject({
      code: -32_602,
    })
  })
})
