/** Proves the site of a server as people and agents meet it: what is real is shown, and our own check gives it full marks. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentCheck } from '@towline/operations'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serverOptions } from '../../test/test-server.ts'
import { openServer, type Server } from './open-server.ts'

let home: string
let server: Server | undefined

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-site-'))
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(home, { recursive: true, force: true })
})

const start = async (): Promise<string> => {
  server = await openServer(serverOptions(home))
  return server.openUrl
}

describe('server site', () => {
  it('leaves the engine its own paths, and answers 404 to what nobody has', async () => {
    const url = await start()
    expect(await (await fetch(`${url}/api/health`)).json()).toEqual({ status: 'ok' })
    expect((await fetch(`${url}/api/engine/tunnels`)).status).toBe(401)
    expect(await (await fetch(`${url}/api/engine/nothing`)).json()).toMatchObject({ error: { code: 'NOT_FOUND' } })
    for (const path of ['/nothing', '/api/enginex', '/api/healthy'])
      expect(await (await fetch(`${url}${path}`)).json()).toMatchObject({ code: 'PAGE_UNKNOWN' })
  })

  it('says that every dependency answers', async () => {
    verifies('discovery.status')
    const url = await start()
    const answer = await fetch(`${url}/api/status`)
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      {
        status: 'ok',
        checks: [
          { name: 'store', status: 'pass' },
          { name: 'relay', status: 'pass' },
          { name: 'disk', status: 'pass' },
        ],
      },
    ])
  })

  it('shows the engine API as the engine serves it', async () => {
    verifies('api.docs')
    const url = await start()
    const document = (await (await fetch(`${url}/api/engine/openapi.json`)).json()) as { paths: Record<string, object> }
    const page = await (await fetch(`${url}/docs/api/engine.md`)).text()
    for (const [path, item] of Object.entries(document.paths))
      for (const method of Object.keys(item)) expect(page).toContain(`\n## ${method.toUpperCase()} ${path}\n`)
    const html = await (await fetch(`${url}/docs/api/engine`)).text()
    const names = [...html.matchAll(/href="#([^"]+)"/g)].map(([, name]) => name as string)
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter((name) => !html.includes(`id="${name}"`))).toEqual([])
  })

  it('answers MCP clients: what is public to everyone, the rest to who shows a token', async () => {
    verifies('hosted-mcp.public', 'hosted-mcp.bearer', 'discovery.server-card')
    const url = await start()
    const call = async (name: string, token?: string) => {
      const answer = await fetch(`${url}/api/mcp`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } }),
      })
      return [answer.status, await answer.text()] as const
    }
    expect(await call('towline_status_get')).toEqual([200, expect.stringContaining('"store"')])
    expect(await call('towline_project_list')).toEqual([401, expect.stringContaining('UNAUTHENTICATED')])
    const listed = await call('towline_project_list', server?.context.token)
    expect(listed).toEqual([200, expect.stringContaining('"endpoint":"dev"')])
    const card = (await (await fetch(`${url}/.well-known/mcp/server-card.json`)).json()) as object
    expect(card).toMatchObject({ serverInfo: { name: 'towline' }, transport: { endpoint: '/api/mcp' } })
  })

  it('gets full marks of our own check', async () => {
    verifies('discovery.check')
    const report = await agentCheck(await start())
    expect(report.rows.filter(({ status }) => status === 'warn' || status === 'fail')).toEqual([])
    expect(report.rows.filter(({ status }) => status === 'skip').map(({ id }) => id)).toEqual([
      'a2a',
      'https',
      'web-bot-auth',
    ])
    expect(report).toMatchObject({ level: 5, passed: 24, total: 24 })
  })
})
