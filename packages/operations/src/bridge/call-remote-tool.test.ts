/** Proves that a remote tool answers no more than its caller has room for. */
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { callRemoteTool } from './call-remote-tool.ts'
import { legacy, openStranger, type Stranger, tool } from './stranger.fixture.ts'

let stranger: Stranger | undefined
afterEach(async () => await stranger?.close())

describe('operations bridge: one call', () => {
  it.each([
    ['that is asked for', { maxBytes: 1_000 }, {}],
    ['that is the rule', {}, { mcpOutputBytes: 1_000 }],
  ])('operations bridge: answers within the room %s', async (_which, asked, limits) => {
    verifies('mcp.bridge.tools')
    stranger = await openStranger(
      legacy(({ heard, result }) =>
        result(
          heard.method === 'tools/list'
            ? { tools: [tool('look')] }
            : { content: [{ type: 'text', text: 'x'.repeat(5_000) }] },
        ),
      ),
    )
    const remote = await stranger.open(limits)
    const { signal } = new AbortController()
    const { content, truncated } = await callRemoteTool({ remote, tool: 'look', arguments: {}, signal, ...asked })
    expect([truncated, JSON.stringify(content).length < 1_200]).toEqual([true, true])
    await remote.close()
  })
})
