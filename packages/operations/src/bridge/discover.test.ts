/** Proves which tunnels count as MCP servers, and that what a stranger wrote into labels is harmless. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mcpLabels, type Tunnel } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { discoverMcp } from './discover.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const thing of open.splice(0)) thing.close()
})

/** An engine that knows these tunnels and checks nothing. */
const engine = async (tunnels: readonly Partial<Tunnel>[], asked: string[] = []) => {
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ tunnels }))
  })
  open.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'tow_x' }
}

const tunnel = (name: string, more: Partial<Tunnel> = {}): Partial<Tunnel> => ({
  ...{ id: `tun_${name}`, name, kind: 'private', status: 'online', url: `tow://${name}`, labels: mcpLabels('/mcp') },
  ...more,
})

describe('operations bridge: discovery', () => {
  it('operations bridge: finds what advertises a path, with the address to use', async () => {
    verifies('mcp.bridge.discover')
    const asked: string[] = []
    const labels = { ...mcpLabels('/a'), purpose: 'lab' }
    const connection = await engine(
      [
        tunnel('robot', { labels }),
        tunnel('plain', { labels: { purpose: 'lab' } }),
        tunnel('web', { kind: 'http', url: 'https://web.example.com', tokenAuth: true }),
      ],
      asked,
    )
    expect(await discoverMcp(connection, { filter: 'labels.purpose=lab' })).toEqual([
      {
        ...{ id: 'tun_robot', name: 'robot', path: '/a', url: 'tow://robot/a', published: false },
        ...{ tokenAuth: false, labels, status: 'online' },
      },
      {
        ...{ id: 'tun_web', name: 'web', path: '/mcp', url: 'https://web.example.com/mcp', published: true },
        ...{ publicUrl: 'https://web.example.com/mcp', tokenAuth: true, labels: mcpLabels('/mcp'), status: 'online' },
      },
    ])
    expect(asked).toEqual([expect.stringContaining('filter=labels.purpose')])
  })

  it('operations bridge: takes no path that leads elsewhere, no other kind, and shows labels without controls', async () => {
    const connection = await engine([
      tunnel('climb', { labels: mcpLabels('/../admin') }),
      tunnel('host', { labels: mcpLabels('//evil.example/mcp') }),
      tunnel('raw', { kind: 'tcp', url: 'tcp://example.com:1' }),
      tunnel('odd', { labels: { ...mcpLabels('/mcp'), note: 'a\u001b[2Jb\u202e' } }),
      { id: 'tun_hidden', labels: mcpLabels('/mcp') },
    ])
    const found = await discoverMcp(connection)
    expect(found.map(({ name, labels }) => [name, labels['note']])).toEqual([['odd', 'a\ufffd[2Jb\ufffd']])
  })
})
