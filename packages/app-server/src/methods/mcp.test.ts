/** Proves that clients see MCP servers and ask them without a model. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type McpServers, openMcpServers } from '../mcp/open-mcp-servers.ts'
import { playFeed, type PlayedPrograms, playPrograms, stdio, wellBehaved } from '../mcp/played-mcp.fixture.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import type { Caller } from '../server/method.ts'
import { MCP_METHODS } from './mcp.ts'

let programs: PlayedPrograms
let servers: McpServers
let reloads: number
const CONFIGS = [stdio('docs', { enabledTools: ['look'] }), stdio('off', { enabled: false })]

const open = (): McpServers =>
  openMcpServers({
    ...{ threadId: 'thread', servers: CONFIGS, feed: playFeed(), version: '1.0.0', cwd: '/srv', env: {} },
    processes: programs.processes,
  })
beforeEach(() => {
  reloads = 0
  programs = playPrograms(wellBehaved())
  servers = open()
})
afterEach(() => servers.close())

const call = async (name: string, params: object = {}): Promise<object> => {
  const row = MCP_METHODS[name]
  if (!row) throw new Error(name)
  const mcp = {
    ofThread: (threadId: string) => {
      if (threadId === 'thread') return servers
      throw new RpcError('invalidRequest', `thread not found: ${threadId}`)
    },
    open: () => Promise.resolve(open()),
    reload: () => {
      reloads += 1
      return Promise.resolve()
    },
  }
  const caller = { onClosed: () => undefined } as unknown as Caller
  return await row.run({ mcp }, row.params.parse(params) as never, caller)
}
const tool = (more: object = {}): Promise<object> =>
  call('mcpServer/tool/call', { threadId: 'thread', server: 'docs', tool: 'look', ...more })

describe('mcp methods: refuse', () => {
  it('what is not there', async () => {
    await expect(tool({ server: 'nope' })).rejects.toMatchObject({ code: -32603, message: "unknown MCP server 'nope'" })
    await expect(tool({ threadId: 'gone' })).rejects.toMatchObject({ message: 'thread not found: gone' })
    await expect(tool({ server: 'off' })).rejects.toMatchObject({ code: -32603, message: 'it is disabled' })
    const read = { threadId: 'thread', server: 'docs', uri: 'x://1' }
    await expect(call('mcpServer/resource/read', read)).rejects.toMatchObject({ code: -32601 })
    await expect(call('mcpServerStatus/list', { cursor: 'x' })).rejects.toMatchObject({ message: 'invalid cursor: x' })
  })
})

describe('mcp methods', () => {
  it('list the servers of a thread, and what they offer', async () => {
    const look = { name: 'look', description: 'looks', annotations: { readOnlyHint: true } }
    const docs = {
      ...{ name: 'docs', runtimeStatus: 'connected', httpOrigin: null, toolsError: null, authStatus: 'unsupported' },
      serverInfo: { name: 's', title: null, version: '1', description: null, icons: null, websiteUrl: null },
      tools: { look },
    }
    const off = { name: 'off', runtimeStatus: 'disabled', tools: {}, toolsError: 'it is disabled', resources: [] }
    expect(await call('mcpServerStatus/list', { threadId: 'thread' })).toMatchObject({
      data: [{ ...docs, resources: [{ uri: 'x://1' }] }, off],
      nextCursor: null,
    })
    expect(
      await call('mcpServerStatus/list', { threadId: 'thread', detail: 'toolsAndAuthOnly', limit: 1 }),
    ).toMatchObject({
      data: [{ ...docs, resources: [] }],
      nextCursor: '1',
    })
  })

  it('list the servers of no thread, and end them', async () => {
    expect(await call('mcpServerStatus/list', { serverName: 'docs' })).toMatchObject({ data: [{ name: 'docs' }] })
    expect(programs.started.map(({ wasEnded }) => wasEnded)).toEqual([false, true])
  })

  it('call a tool, and start servers anew', async () => {
    expect(await tool()).toEqual({ content: [{ type: 'text', text: 'did look' }] })
    expect([await call('config/mcpServer/reload'), reloads]).toEqual([{}, 1])
  })
})
