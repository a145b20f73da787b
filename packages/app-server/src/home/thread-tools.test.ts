/** Proves which threads have MCP servers. */
import { expect, it } from 'vitest'
import type { HomeConfig } from '../config/open-config-source.ts'
import { playFeed, playPrograms, stdio, wellBehaved } from '../mcp/played-mcp.fixture.ts'
import type { ToolsOf } from '../threads/thread-options.ts'
import { HomeTools } from './thread-tools.ts'

it.each([
  ['thread_title', 0],
  ['user', 1],
  [null, 1],
])(
  'MCP servers of a thread with the source %s: %i are started, also after their settings changed',
  async (threadSource, count) => {
    const programs = playPrograms(wellBehaved())
    const config = { mcpServers: [stdio('docs')] }
    const tools = new HomeTools({
      ...{ processes: programs.processes, env: {}, version: '1.0.0', cwd: '/srv' },
      config: { read: () => Promise.resolve(config) } as unknown as HomeConfig,
      agent: { forget: () => Promise.resolve() },
    })
    const of = { threadId: 't', config, cwd: '/srv', feed: playFeed(), accepted: new Set(), dynamicTools: [] }
    const opened = await tools.open({ ...of, threadSource } as unknown as ToolsOf)
    await tools.methods(() => ({}) as never).reload()
    expect(programs.started).toHaveLength(count)
    await opened.close()
  },
)
