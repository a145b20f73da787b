/** Proves which addresses a project itself tells to be MCP servers. */
import { mcpLabels } from '@towline/protocol'
import { openHttpService, type Service, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAdvertisedMcp } from './advertised.ts'

const TUNNELS = [
  { id: 'tun_1', name: 'robot', kind: 'private', labels: mcpLabels('/mcp') },
  { id: 'tun_2', name: 'open', kind: 'http', url: 'https://open.example.com', labels: mcpLabels('/api/mcp') },
  { id: 'tun_3', name: 'docker', kind: 'private', labels: {} },
]

let service: Service
beforeAll(async () => {
  service = await openHttpService((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ tunnels: TUNNELS, cursor: null }))
  })
})
afterAll(() => service?.close())

const ask = (url: string, path?: string): Promise<boolean> => {
  const connection = { url: `http://127.0.0.1:${service.port}`, token: 'tow_a_b' }
  return isAdvertisedMcp({ connection, url, path, signal: new AbortController().signal })
}

describe('bridge advertised', () => {
  it.each([
    'tow://robot',
    'robot',
    'tow://robot/mcp',
    'tow://tun_1/mcp',
    'https://open.example.com/api/mcp',
    'tow://open/api/mcp',
  ])('tells of %s', async (url) => expect(await ask(url)).toBe(true))

  it.each([
    ['tow://docker', undefined],
    ['tow://docker', '/containers/prune'],
    ['tow://robot', '/reset'],
    ['tow://robot/reset', undefined],
    ['https://open.example.com', undefined],
    ['https://open.example.com/api/mcp/', undefined],
    ['https://open.example.com:8443/api/mcp', undefined],
    ['https://stranger.example.com', '/api/mcp'],
    ['http://127.0.0.1:2375', '/containers/prune'],
  ])('tells nothing of %s with the path %s', async (url, path) => {
    verifies('mcp.bridge.approval')
    expect(await ask(url, path)).toBe(false)
  })
})
