/** Proves that tools of MCP servers reach the model and its answers reach people, that people are asked, and that nothing stays behind. */
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ToolOutput } from '../agent/tool.ts'
import type { McpServerConfig } from '../config/agent-config.ts'
import type { McpTurn } from './approve-tool.ts'
import { type McpServers, openMcpServers } from './open-mcp-servers.ts'
import {
  type Answer,
  type PlayedFeed,
  playFeed,
  type PlayedPrograms,
  playPrograms,
  stdio,
  wellBehaved,
} from './played-mcp.fixture.ts'

const TURN: McpTurn = {
  turnId: 'turn',
  approvalPolicy: 'on-request',
  sandboxPolicy: { type: 'readOnly', networkAccess: false },
}

let programs: PlayedPrograms
let feed: PlayedFeed
let servers: McpServers
let always: string[]
beforeEach(() => {
  feed = playFeed()
  always = []
})
afterEach(async () => {
  vi.useRealTimers()
  await servers.close()
})

const open = (
  configs: readonly McpServerConfig[] = [stdio('docs')],
  answer: Answer = wellBehaved(),
  more: object = {},
): void => {
  programs = playPrograms(answer)
  servers = openMcpServers({
    ...{ threadId: 'thread', servers: configs, feed, version: '1.0.0', cwd: '/srv', processes: programs.processes },
    env: { PATH: '/bin', HOME: '/home/ann', TOWLINE_TOKEN: 'hidden', API_KEY: 'hidden' },
    allowAlways: (server, tool) => {
      always.push(`${server}/${tool}`)
      return Promise.resolve()
    },
    ...more,
  })
}
const call = async (
  name: string,
  input = '{}',
  turn: Partial<McpTurn> = {},
  signal = new AbortController().signal,
): Promise<ToolOutput> => {
  const [source] = servers.sources({ ...TURN, ...turn })
  if (!source) throw new Error('no server')
  return await source.call({ callId: 'call', namespace: 'mcp__docs', name, input, signal })
}
const items = (method: string) => feed.emitted.filter(([name]) => name === method).map(([, params]) => params.item)
const said = (answer: object): Answer =>
  wellBehaved(({ method }) => (method === 'tools/call' ? { result: answer } : undefined))

describe('mcp servers: refuse', () => {
  it('a tool that may break things, when a person says no', async () => {
    open()
    feed.answer = { action: 'decline', content: null }
    expect(await call('smash')).toBe('user rejected MCP tool call')
    expect(items('item/completed')).toMatchObject([
      { status: 'failed', result: null, error: { message: 'user rejected MCP tool call' } },
    ])
    expect(programs.started[0]?.heard.map(({ method }) => method)).not.toContain('tools/call')
    feed.answer = { action: 'cancel', content: null }
    expect(await call('smash')).toBe('user cancelled MCP tool call')
  })

  it('a tool that has to be asked about, when nobody may be asked', async () => {
    open()
    const refusal = 'MCP tool call requires approval, but approval policy is never'
    expect(await call('plain', '{}', { approvalPolicy: 'never' })).toBe(refusal)
    expect(feed.asked).toEqual([])
    const sandboxPolicy = { type: 'dangerFullAccess' } as const
    expect(await call('plain', '{}', { approvalPolicy: 'never', sandboxPolicy })).toEqual([
      { type: 'input_text', text: 'did plain' },
    ])
  })

  it.each(['[]', 'x', '1'])('the arguments %s', async (input) => {
    open()
    expect(await call('look', input)).toBe('the arguments are no JSON object')
  })

  it('tools that the settings leave out, and those that are not there', async () => {
    open([stdio('docs', { disabledTools: ['look'], enabledTools: ['look', 'plain'] })])
    expect(await call('look')).toBe('unsupported call: look')
    expect(await call('smash')).toBe('unsupported call: smash')
  })

  it('a server that says nothing, and tells why others did not start', async () => {
    vi.useFakeTimers()
    open([stdio('docs')], () => undefined)
    await vi.advanceTimersByTimeAsync(0)
    programs.started[0]?.complain('cannot find the key\n')
    await vi.advanceTimersByTimeAsync(10_000)
    const [source] = servers.sources(TURN)
    expect(await source?.specs()).toEqual([])
    expect(feed.emitted.map(([, { status, error }]) => [status, error])).toEqual([
      ['starting', null],
      ['failed', expect.stringMatching(/cannot find the key$/)],
    ])
    expect(programs.started[0]?.wasEnded).toBe(true)
  })
})

describe('mcp servers', () => {
  it('start beside each other with few variables, and say when they are ready', async () => {
    verifies('agent.tools')
    open([stdio('docs'), stdio('more'), stdio('off', { enabled: false })])
    await Promise.all(servers.all.slice(0, 2).map((server) => server.live()))
    expect(feed.emitted.map(([method, { name, status }]) => [method.split('/')[1], name, status])).toEqual([
      ['startupStatus', 'docs', 'starting'],
      ['startupStatus', 'more', 'starting'],
      ['startupStatus', 'docs', 'ready'],
      ['startupStatus', 'more', 'ready'],
    ])
    expect(programs.started.map(({ spec }) => [spec.argv, spec.cwd, spec.env])).toEqual(
      Array(2).fill([['served', '--stdio'], '/srv', { PATH: '/bin', HOME: '/home/ann', DECLARED: 'x' }]),
    )
    expect(servers.all.map(({ status }) => status)).toEqual(['connected', 'connected', 'disabled'])
  })

  it('show the model their tools in a namespace, or plainly', async () => {
    verifies('agent.tools')
    open()
    const tool = (name: string, description: string, parameters: object) => ({
      ...{ type: 'function', name, description, strict: false, parameters: { properties: {}, ...parameters } },
    })
    const tools = [
      tool('look', 'looks', { type: 'object', properties: { at: {} } }),
      ...['plain', 'smash', 'soft'].map((name) => tool(name, name === 'smash' ? 'breaks' : '', { type: 'object' })),
    ]
    expect(await servers.sources(TURN)[0]?.specs()).toEqual([
      { type: 'namespace', name: 'mcp__docs', description: 'Use with care.', tools },
    ])
    await servers.close()
    open([stdio('docs', { enabledTools: ['look'] })], wellBehaved(), { namespaces: false })
    expect(await servers.sources(TURN)[0]?.specs()).toMatchObject([{ type: 'function', name: 'mcp__docs__look' }])
    expect(servers.sources(TURN)[0]?.has({ namespace: null, name: 'mcp__docs__look' })).toBe(true)
    expect(servers.sources(TURN)[0]?.has({ namespace: null, name: 'look' })).toBe(false)
  })

  it('run what only reads without asking, and tell clients and model of it', async () => {
    verifies('agent.tools')
    open([stdio('docs')], said({ content: [{ type: 'text', text: 'old' }], structuredContent: { seen: 1 } }))
    expect(await call('look', '{"at":"x"}')).toBe('{"seen":1}')
    expect(await call('soft')).toBe('{"seen":1}')
    expect(feed.asked).toEqual([])
    const begun = { type: 'mcpToolCall', id: 'call', server: 'docs', tool: 'look', arguments: { at: 'x' }, error: null }
    expect(items('item/started')[0]).toMatchObject({ ...begun, status: 'inProgress', result: null })
    expect(items('item/completed')[0]).toMatchObject({
      ...{ ...begun, status: 'completed' },
      result: { content: [{ type: 'text', text: 'old' }], structuredContent: { seen: 1 }, _meta: null },
    })
    const asked = programs.started[0]?.heard.find(({ method }) => method === 'tools/call')
    expect(asked.params).toMatchObject({
      ...{ name: 'look', arguments: { at: 'x' } },
      _meta: { callId: 'call', threadId: 'thread', 'x-codex-turn-metadata': { thread_id: 'thread', turn_id: 'turn' } },
    })
  })

  it('ask a person about what may break things, in words that clients know', async () => {
    verifies('agent.tools')
    open()
    expect(await call('smash', '{"a":1}')).toEqual([{ type: 'input_text', text: 'did smash' }])
    expect(feed.asked).toEqual([
      {
        ...{ threadId: 'thread', turnId: 'turn', serverName: 'docs', mode: 'form' },
        message: 'Allow the docs MCP server to run tool "smash"?',
        requestedSchema: { type: 'object', properties: {} },
        _meta: {
          ...{ codex_approval_kind: 'mcp_tool_call', persist: ['session', 'always'], tool_name: 'smash' },
          ...{ tool_annotations: { destructiveHint: true }, tool_title: 'Smash', tool_description: 'breaks' },
          ...{ tool_params: { a: 1 }, tool_params_display: [] },
        },
      },
    ])
  })

  it('remember what a person allows for the thread, or for good', async () => {
    open()
    feed.answer = { action: 'accept', content: {}, _meta: { persist: 'session' } }
    await call('smash')
    await call('smash')
    feed.answer = { action: 'accept', content: {}, _meta: { persist: 'always' } }
    await call('plain')
    await call('plain')
    expect([feed.asked.length, always]).toEqual([2, ['docs/plain']])
  })

  it('keep to the settings about asking', async () => {
    open([stdio('docs', { approval: 'prompt', toolApprovals: { smash: 'approve' } })])
    await call('smash')
    expect(feed.asked).toHaveLength(0)
    await call('look')
    expect(feed.asked).toHaveLength(1)
  })

  it('pass on what they ask a person, and what that answers', async () => {
    verifies('agent.tools')
    const waiting: { answer?: object } = {}
    open(
      [stdio('docs')],
      wellBehaved(({ method, id }, tell) => {
        if (method !== 'tools/call') return undefined
        waiting.answer = { id, result: { content: [{ type: 'text', text: 'thanks' }] } }
        tell({
          id: 7,
          method: 'elicitation/create',
          params: {
            _meta: { codex_approval_kind: 'mcp_tool_call' },
            message: 'Who?',
            requestedSchema: { type: 'object', properties: {} },
          },
        })
        return null
      }),
    )
    feed.answer = { action: 'accept', content: { name: 'Ann' } }
    const called = call('look')
    await vi.waitFor(() => expect(feed.asked).toHaveLength(1))
    await vi.waitFor(() => expect(programs.started[0]?.heard.at(-1)).toMatchObject({ id: 7 }))
    expect(programs.started[0]?.heard.at(-1).result).toEqual({ action: 'accept', content: { name: 'Ann' } })
    programs.started[0]?.tell(waiting.answer as object)
    expect(await called).toEqual([{ type: 'input_text', text: 'thanks' }])
    expect(feed.asked[0]).toMatchObject({
      turnId: 'turn',
      serverName: 'docs',
      mode: 'form',
      message: 'Who?',
      _meta: null,
    })
  })

  it('tell the model what failed', async () => {
    open([stdio('docs')], said({ content: [{ type: 'text', text: 'it broke' }], isError: true }))
    expect(await call('look')).toEqual([{ type: 'input_text', text: 'it broke' }])
    expect(items('item/completed')).toMatchObject([{ status: 'failed', error: null }])
    await servers.close()
    open(
      [stdio('docs')],
      wellBehaved(({ method }) => (method === 'tools/call' ? { error: { code: -32602, message: 'no' } } : undefined)),
    )
    expect(await call('look')).toMatch(/^tool call error: .*no/)
  })

  it('bound what they answer', async () => {
    const text = `a${'x'.repeat(LIMITS.mcpOutputChars)}z`
    const image = { type: 'image', mimeType: 'image/png', data: 'A'.repeat(LIMITS.mcpResultBytes) }
    open(
      [stdio('docs')],
      said({ content: [{ type: 'text', text }, image, { type: 'image', mimeType: 'image/png', data: 'AA' }] }),
    )
    const [first, second, third] = (await call('look')) as readonly { text?: string; image_url?: string }[]
    expect(first?.text).toMatch(/^ax+\n\[2 characters were left out here\]\nx+z$/)
    expect(second?.text).toMatch(/^\[image of \d+ bytes was left out\]/)
    expect(third).toEqual({ type: 'input_image', image_url: 'data:image/png;base64,AA' })
  })

  it('give up what a person interrupts', async () => {
    open([stdio('docs')], (message, tell) =>
      message.method === 'tools/call' ? undefined : wellBehaved()(message, tell),
    )
    const interrupt = new AbortController()
    const called = call('look', '{}', {}, interrupt.signal)
    await vi.waitFor(() => expect(programs.started[0]?.heard.some(({ method }) => method === 'tools/call')).toBe(true))
    interrupt.abort()
    expect(await called).toBe('the call was interrupted')
  })

  it('are started anew when they ended, and ended with the thread', async () => {
    verifies('agent.tools')
    open()
    await call('look')
    programs.started[0]?.exit()
    await vi.waitFor(() => expect(servers.all[0]?.status).not.toBe('connected'))
    expect(await call('look')).toEqual([{ type: 'input_text', text: 'did look' }])
    await servers.close()
    expect(programs.started.map(({ wasEnded }) => wasEnded)).toEqual([true, true])
  })

  it('go over to other settings, and stay where theirs did not change', async () => {
    open([stdio('docs'), stdio('gone')])
    await Promise.all(servers.all.map((server) => server.live()))
    await servers.reload([stdio('docs'), stdio('new')])
    await Promise.all(servers.all.map((server) => server.live()))
    expect(servers.all.map(({ config, status }) => [config.name, status])).toEqual([
      ['docs', 'connected'],
      ['new', 'connected'],
    ])
    expect(programs.started.map(({ wasEnded }) => wasEnded)).toEqual([false, true, false])
  })

  it('are ended when the thread ends while they start', async () => {
    open([stdio('docs')], () => undefined)
    await vi.waitFor(() => expect(programs.started).toHaveLength(1))
    await servers.close()
    expect([programs.started[0]?.wasEnded, feed.emitted.at(-1)?.[1].status]).toEqual([true, 'cancelled'])
  })
})
