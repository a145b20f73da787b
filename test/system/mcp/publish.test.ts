/** Proves `towline mcp publish` by processes: who gets in, what is advertised, what a profile leaves out, and its end. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { MCP_LABELS } from '@towline/protocol'
import { eventually, type Line, type Program, startUp, type Up, verifies, visit } from '@towline/testkit'
import '../../localhost-names.mjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const JSON_ = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
const INITIALIZE = JSON.stringify({
  ...{ jsonrpc: '2.0', id: 0, method: 'initialize' },
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'judge', version: '1' } },
})

describe('mcp publish', () => {
  let up: Up
  beforeAll(async () => {
    up = await startUp()
  })
  afterAll(() => up?.close())

  const publish = async (...words: readonly string[]): Promise<{ readonly program: Program; readonly line: Line }> => {
    const program = up.start(['mcp', 'publish', ...words, '-o', 'json'])
    return { program, line: await program.status('online') }
  }
  const open = async (url: string, headers: Record<string, string>): Promise<Client> => {
    const client = new Client({ name: 'judge', version: '1' })
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }))
    return client
  }

  it('mcp publish: asks for a token, and serves the tools that only look', async () => {
    verifies('mcp.publish', 'mcp.publish.profile')
    const { program, line } = await publish('--name', 'desk', '--label', 'team=ops')
    const url = String(line['url'])
    expect(url).toBe(`http://${up.host('desk')}/mcp`)
    expect(line['labels']).toMatchObject({
      team: 'ops',
      [MCP_LABELS.protocol]: 'mcp',
      [MCP_LABELS.transport]: 'streamable-http',
      [MCP_LABELS.path]: '/mcp',
    })
    const stranger = await visit({
      to: up.host('desk'),
      path: '/mcp',
      method: 'POST',
      headers: JSON_,
      body: INITIALIZE,
    })
    expect(stranger.status).toBe(401)
    const authorization = `Bearer ${up.context().token}`
    const page = { ...JSON_, authorization, origin: 'https://evil.test' }
    expect(
      (await visit({ to: up.host('desk'), path: '/mcp', method: 'POST', headers: page, body: INITIALIZE })).status,
    ).toBe(403)

    const client = await open(url, { authorization })
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain('towline_runtime_status')
    expect(tools.filter(({ annotations }) => annotations?.readOnlyHint !== true)).toEqual([])
    const { structuredContent } = await client.callTool({ name: 'towline_runtime_status', arguments: {} })
    expect(structuredContent).toMatchObject({ ready: true })
    await client.close()
    program.kill('SIGTERM')
    expect(await program.ended()).toMatchObject({ status: 0 })
  })

  it('mcp publish: is private when told so, for those who may dial', async () => {
    verifies('mcp.publish')
    const { line } = await publish('--name', 'inner', '--private', '--profile', 'operate')
    expect(line['url']).toBe('tow://inner/mcp')
    const dialed = up.start(['dial', 'tow://inner', '--listen', '127.0.0.1:0'])
    const [, port = ''] = await eventually(
      'a port',
      () => /listening 127\.0\.0\.1:(\d+)/.exec(dialed.stdout() + dialed.stderr()) ?? undefined,
    )
    const client = await open(`http://127.0.0.1:${port}/mcp`, {})
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('towline_runtime_status')
    await client.close()
    const evil = { ...JSON_, host: 'evil.test' }
    const rebound = await visit({
      to: `127.0.0.1:${port}`,
      path: '/mcp',
      method: 'POST',
      headers: evil,
      body: INITIALIZE,
    })
    expect(rebound.status).toBe(403)
  })

  it('mcp publish: refuses a profile that is none before anything is opened', async () => {
    verifies('mcp.publish.profile')
    const { status, stderr } = await up.run(['mcp', 'publish', '--name', 'x', '--profile', 'everything'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('read-only, operate, admin')])
  })
})
