/** Proves the tools of managed tunnels by agents' own processes: what one leaves behind, another finds and ends. */
import type { LocalTunnel } from '@towline/operations'
import { openHttpService, type Service, startUp, unusedPort, type Up, verifies, visit } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAgent } from '../agents/agent.ts'
import { endSupervisor, json } from './local.fixture.ts'

describe('mcp local tunnels', () => {
  let up: Up
  let service: Service

  beforeAll(async () => {
    up = await startUp()
    service = await openHttpService((_request, response) => response.end('hello'))
  })
  afterAll(async () => {
    await up?.run(['local', 'stop', '--all'])
    if (up) await endSupervisor(up)
    await up?.close()
    await service?.close()
  })

  type Exposed = LocalTunnel & { readonly cleanupTool: string; readonly cleanupId: string }

  it('tells a port that nobody listens on, and which tool lists what there is', async () => {
    verifies('mcp.local.expose')
    await using agent = await openAgent(up, { thread: 'thread-0' })
    const port = await unusedPort()
    expect(await agent.refused('towline_local_tunnel_expose', { port })).toMatchObject({ code: 'PORT_SILENT' })
    expect(await json(up, 'tunnel', 'list')).toEqual([])
    expect(await agent.refused('towline_local_tunnel_stop', { id: 'nope' })).toMatchObject({
      code: 'LOCAL_UNKNOWN',
      suggestedNextTool: 'towline_local_tunnel_list',
    })
  })

  it('outlives the turn and a killed MCP server, and is found and ended by another, also again', async () => {
    verifies('mcp.local.expose', 'mcp.local.list-stop', 'guard.labels')
    const first = await openAgent(up, { thread: 'thread-1' })
    const told = await first.call<Exposed>('towline_local_tunnel_expose', {
      ...{ port: service.port, name: 'turn', purpose: 'show the reviewer', labels: { ticket: '7' }, ttlSeconds: 3600 },
    })
    expect(told).toMatchObject({
      ...{ status: 'online', name: 'turn', cleanupTool: 'towline_local_tunnel_stop', cleanupId: told.id },
      expiresAt: told.createdAt + 3600,
      labels: {
        ...{ ticket: '7', 'towline.agent/source': 'mcp', 'towline.agent/name': 'flow-agent' },
        ...{ 'towline.agent/thread': 'thread-1', 'towline.agent/purpose': 'show the reviewer' },
      },
    })
    await first.kill()
    expect(await visit({ to: String(told.url) })).toMatchObject({ status: 200, body: 'hello' })
    await using second = await openAgent(up, { thread: 'thread-2' })
    const { tunnels } = await second.call<{ tunnels: readonly LocalTunnel[] }>('towline_local_tunnel_list')
    expect(tunnels).toMatchObject([{ id: told.id, status: 'online', url: told.url }])
    const stop = { id: told.cleanupId }
    expect(await second.call('towline_local_tunnel_stop', stop)).toMatchObject({ stopped: true, was: 'online' })
    expect(await second.call('towline_local_tunnel_stop', stop)).toMatchObject({ stopped: true, was: 'stopped' })
    expect(await json(up, 'tunnel', 'list')).toEqual([])
    expect(await second.call('towline_approval_list')).toEqual({ approvals: [] })
  })
})
