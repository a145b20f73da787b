/** Proves the site of a server as people and agents meet it: what is real is shown, and our own check gives it full marks. */
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { silentLog } from '@towline/base'
import { discoveryApp, type Site } from '@towline/control'
import { agentCheck } from '@towline/operations'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServer, type Server } from './open-server.ts'
import { siteFiles } from './site-files.ts'

let home: string
let server: Server | undefined
let http: HttpServer | undefined

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-site-'))
})

afterEach(async () => {
  await server?.close()
  http?.closeAllConnections()
  http?.close()
  server = http = undefined
  await rm(home, { recursive: true, force: true })
})

const start = async (): Promise<string> => {
  server = await openServer({
    env: { TOWLINE_HOME: home },
    log: silentLog(),
    dir: join(home, 'data'),
    listen: { host: '127.0.0.1', port: 0 },
    domain: 'localhost',
    project: 'dev',
    signal: new AbortController().signal,
  })
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

  it('fails no check but that of MCP, which is not there yet', async () => {
    const report = await agentCheck(await start())
    const failed = report.rows.filter(({ status }) => status === 'fail').map(({ id }) => id)
    expect(failed).toEqual(['mcp-card'])
    expect(report.level).toBe(4)
  })

  it('gets full marks once MCP and OAuth stand beside it', async () => {
    verifies('discovery.check')
    const report = await agentCheck(await serveWhole())
    expect(report.rows.filter(({ status }) => status === 'warn' || status === 'fail')).toEqual([])
    expect(report.rows.filter(({ status }) => status === 'skip').map(({ id }) => id)).toEqual([
      'a2a',
      'https',
      'web-bot-auth',
    ])
    expect(report).toMatchObject({ level: 5, passed: 24, total: 24 })
  })
})

/** The pages and documents of a whole server, with stand-ins for its MCP endpoint, issuer and APIs. */
const serveWhole = async (): Promise<string> => {
  let url = ''
  const serverInfo = { name: 'towline', title: 'Towline', version: '0.1.0' }
  const document = {
    openapi: '3.1.0',
    info: { title: 'Stand-in', version: '0' },
    paths: { '/x': { get: { responses: {} } } },
  }
  const scopes = ['tunnels.list']
  const resources = ['', '/api', '/api/mcp', '/api/engine'].map((path) => ({ path, name: `Towline ${path}`, scopes }))
  const site: Site = {
    publicUrl: () => url,
    version: '0.1.0',
    files: siteFiles,
    apis: ['/api', '/api/engine'].map((path) => ({ path, title: `API ${path}`, document: () => document })),
    mcp: { path: '/api/mcp', serverInfo, description: 'A stand-in', protocolVersions: ['2026-07-28', '2025-06-18'] },
    oauth: { issuer: () => url, jwksPath: '/oauth/jwks', resources },
    status: { checks: [], clock: Date.now, onFailure: () => undefined },
  }
  const app = discoveryApp(site)
  const standIns: Readonly<Record<string, () => Response>> = {
    'GET /api/openapi.json': () => Response.json(document),
    'GET /api/engine/openapi.json': () => Response.json(document),
    'GET /.well-known/oauth-authorization-server': () =>
      Response.json({
        issuer: url,
        token_endpoint: `${url}/oauth/token`,
        device_authorization_endpoint: `${url}/oauth/device_authorization`,
        registration_endpoint: `${url}/oauth/register`,
        revocation_endpoint: `${url}/oauth/revoke`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
      }),
    'POST /api/mcp': () => Response.json({ jsonrpc: '2.0', id: 1, result: { serverInfo } }),
    'GET /api/mcp': () =>
      new Response(null, {
        status: 401,
        headers: {
          'www-authenticate': `Bearer resource_metadata="${url}/.well-known/oauth-protected-resource/api/mcp"`,
        },
      }),
  }
  http = createServer(async (request, response) => {
    const headers = new Headers(Object.entries(request.headers).map(([key, value]) => [key, [value].flat().join(', ')]))
    const asked = new Request(`${url}${request.url}`, { method: request.method ?? 'GET', headers })
    const answer = standIns[`${request.method} ${request.url}`]?.() ?? (await app.fetch(asked))
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    if (answer.body) Readable.fromWeb(answer.body as never).pipe(response)
    else response.end()
  })
  http.listen(0, '127.0.0.1')
  await new Promise((done) => http?.once('listening', done))
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return url
}
