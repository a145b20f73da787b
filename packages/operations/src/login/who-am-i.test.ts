/** Proves calls of the control API by a login, and forgetting a context whatever its server says. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolveConnection } from '../context/connection.ts'
import { readContexts, saveContext } from '../context/contexts.ts'
import { type FakeOauth, json, openFakeOauth, tokens } from './fake-oauth.fixture.ts'
import { forgetContext } from './forget-context.ts'
import { whoAmI } from './who-am-i.ts'

const [OLD, NEW] = ['access-old-access-old', 'access-new-access-new']
const LATER = 4_000_000_000
const IDENTITY = { kind: 'login', credentialId: 'crd_1', permissions: ['tunnels.list'] }

let home: string
let env: Record<string, string>
let server: FakeOauth

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-whoami-'))
  env = { TOWLINE_HOME: home }
  server = await openFakeOauth()
  const login = {
    issuer: server.url,
    refreshToken: 'refresh-one-refresh',
    expiresAt: LATER,
    permissions: ['tunnels.list'],
  }
  await saveContext(env, { name: 'here', url: server.url, token: OLD, login })
})
afterEach(async () => {
  await server.close()
  await rm(home, { recursive: true, force: true })
})

/** Problems as the API tells them (RFC 9457). */
const problem = (error: AppError) => {
  const { code, details } = error
  return json({ type: 'x', status: error.row.http, code, details }, error.row.http, 'application/problem+json')
}

describe('whoami', () => {
  it.each<readonly [what: string, reply: FakeOauth['reply'], code: string]>([
    ['a problem of the API', problem(new AppError('FORBIDDEN', { permission: 'mcp' })), 'FORBIDDEN'],
    ['a page without a code', json({}, 404), 'NOT_TOWLINE'],
    ['what is no JSON', json(undefined), 'NOT_TOWLINE'],
    ['a gateway that says the server is away', json({}, 502), 'SERVER_UNREACHABLE'],
    ['a redirect', (response) => void response.writeHead(302, { location: '/elsewhere' }).end(), 'NOT_TOWLINE'],
  ])('whoami: tells %s', async (_what, reply, code) => {
    server.reply = reply
    await expect(whoAmI(await resolveConnection(env))).rejects.toMatchObject({ code })
  })

  it('whoami: shows what the server knows, and where it was asked', async () => {
    server.reply = json(IDENTITY)
    expect(await whoAmI(await resolveConnection(env))).toEqual({ ...IDENTITY, server: server.url, context: 'here' })
    expect(server.asked).toEqual([{ path: '/api/whoami', authorization: `Bearer ${OLD}`, body: {} }])
  })

  it('whoami: asks again with a renewed token when the first is refused', async () => {
    server.reply = (response, asked) => {
      if (asked.path === '/oauth/token') return json(tokens(NEW, 'refresh-two-refresh'))(response, asked)
      const good = asked.authorization === `Bearer ${NEW}`
      return (good ? json(IDENTITY) : problem(new AppError('UNAUTHENTICATED')))(response, asked)
    }
    expect(await whoAmI(await resolveConnection(env))).toMatchObject(IDENTITY)
    expect(server.asked.map(({ path }) => path)).toEqual(['/api/whoami', '/oauth/token', '/api/whoami'])
  })
})

describe('forget context', () => {
  const left = async (): Promise<readonly string[]> => (await readContexts(env)).contexts.map(({ name }) => name)

  it('forget context: ends the login by its refresh token and its access token, then forgets it', async () => {
    verifies('cli.login')
    expect(await forgetContext(env)).toEqual({ context: 'here', url: server.url, revoked: true })
    expect(server.asked.map(({ path, body }) => [path, body['token_type_hint'], body['token']])).toEqual([
      ['/oauth/revoke', 'refresh_token', 'refresh-one-refresh'],
      ['/oauth/revoke', 'access_token', OLD],
    ])
    expect(await readContexts(env)).toEqual({ contexts: [] })
  })

  it.each<readonly [what: string, break_: () => unknown, code: string]>([
    ['is away', () => server.close(), 'SERVER_UNREACHABLE'],
    ['is in trouble', () => (server.reply = json({ error: 'server_error' }, 500)), 'SERVER_UNREACHABLE'],
    ['is another one by now', () => (server.metadata = { issuer: 'http://other.test' }), 'LOGIN_ENDED'],
  ])('forget context: forgets it also when the server %s, and says so', async (_what, breakIt, code) => {
    await breakIt()
    expect(await forgetContext(env)).toMatchObject({ revoked: false, problem: { code } })
    expect(await left()).toEqual([])
  })

  it('forget context: leaves the others and the current one alone, and a token of a project to its server', async () => {
    await saveContext(env, { name: 'other', url: server.url, token: 'tow_crd_token' })
    expect(await forgetContext(env, { name: 'here' })).toMatchObject({ context: 'here' })
    expect(await readContexts(env)).toMatchObject({ current: 'other' })
    server.asked.length = 0
    expect(await forgetContext(env)).toEqual({ context: 'other', url: server.url, revoked: false })
    expect(server.asked).toEqual([])
    await expect(forgetContext(env)).rejects.toMatchObject({ code: 'CONTEXT_MISSING' })
  })
})
