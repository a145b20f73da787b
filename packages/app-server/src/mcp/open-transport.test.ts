/** Proves where tokens of MCP servers go, and that an answer without an end is broken off. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secret } from '@towline/base'
import type { Processes } from '@towline/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { McpServerConfig } from '../config/agent-config.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { openTransport } from './open-transport.ts'
import { stdio } from './played-mcp.fixture.ts'

const NONE = {} as Processes
const http = (url: string, more: object = {}): McpServerConfig =>
  ({ ...stdio('web'), transport: 'http', url, bearerTokenEnvVar: undefined, headers: {}, ...more }) as McpServerConfig
const open = (config: McpServerConfig) => openTransport(config, { processes: NONE, env: { TOKEN: 't' }, cwd: '/' })

describe('ways to mcp servers', () => {
  let server: Server
  let url: string
  let asked: (string | undefined)[]
  beforeEach(async () => {
    asked = []
    server = createServer((request, response) => {
      asked.push(request.headers.authorization, request.headers['x-own'] as string | undefined)
      response.write('x'.repeat(1000))
      response.end('y'.repeat(1000))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  it('refuse to carry a token to another machine in the clear', async () => {
    const problem = 'headers and tokens go over https, or to this machine, only'
    await expect(open(http('http://10.0.0.1/mcp', { bearerTokenEnvVar: 'TOKEN' }))).rejects.toThrow(problem)
    await expect(open(http('http://10.0.0.1/mcp', { headers: { X: new Secret('s') } }))).rejects.toThrow(problem)
  })

  it('refuse to go without a token that is declared', async () => {
    await expect(open(http('https://x.example/mcp', { bearerTokenEnvVar: 'ABSENT' }))).rejects.toThrow(
      'the variable ABSENT with its token is not set',
    )
  })

  it('carry the token and headers to this machine', async () => {
    const { transport, close } = await open(
      http(url, { bearerTokenEnvVar: 'TOKEN', headers: { 'x-own': new Secret('s') } }),
    )
    await transport.start()
    await transport.send({ jsonrpc: '2.0', id: 1, method: 'ping' }).catch(() => undefined)
    expect(asked).toEqual(['Bearer t', 's'])
    await close()
  })

  it('break off an answer that is too long', async () => {
    expect(await (await boundedFetch(2000)(url)).text()).toHaveLength(2000)
    await expect((await boundedFetch(1999)(url)).text()).rejects.toThrow('its answer is longer than 1999 bytes')
  })
})
