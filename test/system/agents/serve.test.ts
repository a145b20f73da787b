/** Proves that `towline mcp serve` keeps to the protocol as clients of both eras use it: instructions, lists, progress, cancelling, ping. */
import { eventually, startUp, type Up, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json } from '../local/local.fixture.ts'
import { openAgent } from './agent.ts'

describe('mcp serve', () => {
  let up: Up
  beforeAll(async () => {
    up = await startUp()
    await up.start(['webtty', 'server', '--name', 'lab', '-o', 'json']).status('online')
  })
  afterAll(() => up?.close())

  it.each([
    ['2025-11-25', {}],
    ['2026-07-28', { revision: '2026-07-28' }],
  ] as const)('speaks revision %s', async (revision, options) => {
    verifies('mcp.serve')
    await using agent = await openAgent(up, { thread: `thread-${revision}`, person: () => 'accept', ...options })
    const { client } = agent
    expect(client.getInstructions()).toMatch(/towline_runtime_status first/)
    expect(client.getServerVersion()).toMatchObject({ name: 'towline' })
    expect((await client.listTools()).tools.length).toBeGreaterThan(40)
    await expect(client.request({ method: 'tools/list', params: { cursor: 'none' } })).rejects.toThrow(/cursor/)
    await expect(client.callTool({ name: 'towline_none', arguments: {} })).rejects.toThrow(/not found/)

    const state = async (): Promise<string | undefined> => {
      const all = await json<readonly { label?: string; state: string }[]>(up, 'webtty', 'ps', '--url', 'tow://lab')
      return all.find(({ label }) => label?.includes(`of ${revision}`))?.state
    }
    // It waits for input that never comes, and so until it is cancelled.
    const waiting = { url: 'tow://lab', argv: ['cat'], stdinOpen: true, purpose: `of ${revision}` }
    const stop = new AbortController()
    let told = 0
    const called = client.callTool(
      { name: 'towline_webtty_exec', arguments: waiting },
      { onprogress: () => told++, signal: stop.signal },
    )
    called.catch(() => undefined)
    await eventually('the command', async () => ((await state()) === 'running' && told > 0 ? true : undefined))
    stop.abort(new Error('enough'))
    await expect(called).rejects.toThrow(/enough|abort/i)
    await eventually('its end', async () => ((await state()) === 'running' ? undefined : true))
    if (revision === '2025-11-25') await client.ping()
    expect(await agent.call('towline_runtime_status')).toMatchObject({ ready: true })
  })
})
