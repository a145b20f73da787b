/** Proves the OpenAPI documents of a real server by stock tools: spectral and redocly read them, prism holds each request and answer of a session to them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBrowser, type System } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, logIn } from '../system/oauth/login.ts'
import { folder, freePort, launch, run, type Running } from './processes.ts'
import { openTowline, type Towline } from './towline.ts'

const tool = (name: string): string => fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url))

const DOCUMENTS = ['/api/openapi.json', '/api/engine/openapi.json'] as const

/** Nothing is told to anybody, and no terminal is assumed. */
const QUIET = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1', CI: '1' }

describe('interop openapi', () => {
  let towline: Towline
  const files = folder('openapi')
  const proxies: Running[] = []
  const fileOf = (path: string): string => join(files.path, `${path.replaceAll(/\W+/g, '-')}.json`)

  beforeAll(async () => {
    towline = await openTowline()
    for (const path of DOCUMENTS) writeFileSync(fileOf(path), await (await fetch(`${towline.siteUrl}${path}`)).text())
    writeFileSync(join(files.path, 'rules.yaml'), 'extends: ["spectral:oas"]\n')
  })
  afterAll(async () => {
    for (const proxy of proxies) await proxy.stop()
    await towline?.close()
    files.remove()
  })

  it.each(DOCUMENTS)('spectral finds no error in %s', async (path) => {
    verifies('api.openapi')
    const argv = [tool('spectral'), 'lint', fileOf(path), '--ruleset', join(files.path, 'rules.yaml')]
    const { status, stdout, stderr } = await run([...argv, '--fail-severity', 'error'], { env: QUIET })
    expect(status, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/severity of 'error'|\(0 errors,/)
  })

  it.each(DOCUMENTS)('redocly finds no error in %s', async (path) => {
    verifies('api.openapi')
    const argv = [tool('redocly'), 'lint', fileOf(path), '--format', 'json']
    const { status, stdout, stderr } = await run(argv, { env: QUIET, cwd: files.path })
    const { totals } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { totals: { errors: number } }
    expect([status, totals.errors], stderr + stdout).toEqual([0, 0])
  })

  /** Passes calls on to the server; answers 422 or 500 when the call or its answer is not as the document says. */
  const proxyOf = async (path: string): Promise<string> => {
    const port = await freePort()
    const argv = [tool('prism'), 'proxy', fileOf(path), towline.siteUrl, '--errors', '--port', String(port)]
    const prism = launch(argv, { env: QUIET })
    proxies.push(prism)
    await prism.said(/Prism is listening on/)
    return `http://127.0.0.1:${port}`
  }

  it('prism finds every request and answer of a session as the document of the control API says', async () => {
    verifies('api.openapi')
    const system = { site: { publicUrl: towline.siteUrl, setupUrl: async () => towline.setupUrl } } as unknown as System
    const owner = await becomeOwner(system, { browser: openBrowser() })
    const { tokens } = await logIn(system, owner, undefined, SCOPE)
    const base = await proxyOf('/api/openapi.json')
    const call = caller(base, tokens.access_token)
    expect(await call('GET', '/api/projects?limit=none'), 'what breaks the contract').toMatchObject({ status: 422 })
    expect(await call('GET', '/api/whoami')).toMatchObject({ status: 200 })
    expect(await call('GET', '/api/workspaces')).toMatchObject({ status: 200 })
    const { body: options } = await call('GET', '/api/workspaces/wsp_first/creation-options')
    const project = {
      ...{ workspaceId: 'wsp_first', name: 'Shop', endpoint: 'shop', plan: 'free' },
      creationFingerprint: options['creationFingerprint'],
    }
    expect(await call('POST', '/api/projects', project, { 'idempotency-key': 'shop' })).toMatchObject({ status: 201 })
    const session: readonly (readonly [method: string, path: string, status: number, body?: object])[] = [
      ['GET', '/api/projects?limit=1', 200],
      ['GET', '/api/projects/shop', 200],
      ['PATCH', '/api/projects/shop', 200, { name: 'The shop' }],
      ['GET', '/api/projects/shop/settings', 200],
      ['PATCH', '/api/projects/shop/settings', 200, { publicAccess: 'auth-required' }],
      ['GET', '/api/projects/shop/logs', 200],
      ['GET', '/api/projects/shop/usage', 200],
      ['GET', '/api/projects/shop/domains', 200],
      [
        'POST',
        '/api/tokens',
        201,
        { projectId: 'shop', name: 'robot', permissions: ['tunnels.list'], ttlSeconds: 600 },
      ],
      ['GET', '/api/tokens?projectId=shop', 200],
      ['GET', '/api/workspaces/wsp_first/members', 200],
      ['GET', '/api/audit?workspaceId=wsp_first', 200],
      ['GET', '/api/projects/none', 404],
      ['DELETE', '/api/projects/shop', 200],
    ]
    for (const [method, path, status, body] of session) {
      expect([method, path, await call(method, path, body)]).toMatchObject([method, path, { status }])
    }
  })

  it('prism finds what the engine answers as its document says', async () => {
    verifies('api.openapi')
    const { contexts } = JSON.parse(
      readFileSync(join(towline.env['TOWLINE_HOME'] as string, 'contexts.json'), 'utf8'),
    ) as {
      contexts: { token: string }[]
    }
    const call = caller(await proxyOf('/api/engine/openapi.json'), contexts[0]?.token ?? '')
    const minted = { permissions: ['tunnels.list'], ttlSeconds: 60 }
    expect(await call('GET', '/api/engine/tunnels?filter=kind%3Dhttp')).toMatchObject({ status: 200 })
    expect(await call('GET', '/api/engine/clients')).toMatchObject({ status: 200 })
    expect(await call('POST', '/api/engine/tokens', minted)).toMatchObject({ status: 201 })
    expect(await call('DELETE', '/api/engine/tunnels/tun_none', {})).toMatchObject({ status: 404 })
  })
})

const SCOPE =
  'workspaces.read members.read projects.read projects.create projects.manage settings.read settings.manage ' +
  'logs.read usage.read audit.read tokens.create tokens.manage tunnels.list domains.read'

const caller =
  (base: string, token: string) =>
  async (method: string, path: string, body?: object, more: Readonly<Record<string, string>> = {}) => {
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...more }
    const answer = await fetch(`${base}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    const text = await answer.text()
    return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> }
  }
