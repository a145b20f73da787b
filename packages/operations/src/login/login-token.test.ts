/** Proves how an access token is kept good: one renewal for all who need it, and nothing sent to anyone else. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withFileLock } from '@towline/base'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Context, readContexts, saveContext, updateContexts } from '../context/contexts.ts'
import { contextsFile } from '../context/home.ts'
import { type FakeOauth, json, openFakeOauth, tokens } from './fake-oauth.fixture.ts'
import { isLogin, loginToken, type LoginContext } from './login-token.ts'
import { isIssuerOf } from './oauth-server.ts'

const NOW = 1_800_000_000
const clock = (): number => NOW * 1000
const [OLD, NEW] = ['access-old-access-old', 'access-new-access-new']
const [R1, R2] = ['refresh-one-refresh-one', 'refresh-two-refresh-two']

let home: string
let env: Record<string, string>
let server: FakeOauth

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-login-'))
  env = { TOWLINE_HOME: home }
  server = await openFakeOauth()
  server.reply = json(tokens(NEW, R2))
})
afterEach(async () => {
  await server.close()
  await rm(home, { recursive: true, force: true })
})

/** A stored login whose access token lives `seconds` longer. */
const store = async (seconds: number, more: Partial<Context> = {}): Promise<LoginContext> => {
  const login = { issuer: server.url, refreshToken: R1, expiresAt: NOW + seconds, permissions: ['tunnels.list'] }
  const context: Context = { name: 'here', url: server.url, token: OLD, login, ...more }
  await saveContext(env, context)
  if (!isLogin(context)) throw new Error('no login')
  return context
}

const stored = async () => {
  const [context] = (await readContexts(env)).contexts
  return [context?.token, context?.login?.refreshToken, context?.login?.expiresAt]
}

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: { code?: string }) => error.code ?? String(error),
  )

describe('login token: what is refused', () => {
  it('login token: ends with LOGIN_ENDED when the server takes the refresh token no more, and keeps the file', async () => {
    const ask = loginToken(env, await store(0), { clock })
    server.reply = json({ error: 'invalid_grant' }, 400)
    await expect(ask()).rejects.toMatchObject({ code: 'LOGIN_ENDED', details: { context: 'here', url: server.url } })
    expect(await stored()).toEqual([OLD, R1, NOW])
  })

  it('login token: follows no redirect and goes to no endpoint elsewhere, so that another server sees nothing', async () => {
    verifies('cli.context')
    const other = await openFakeOauth()
    try {
      const ask = loginToken(env, await store(0), { clock })
      server.reply = (response) => void response.writeHead(307, { location: `${other.url}/oauth/token` }).end()
      expect(await code(ask())).toBe('NOT_TOWLINE')
      server.metadata = { token_endpoint: `${other.url}/oauth/token` }
      expect(await code(ask())).toBe('NOT_TOWLINE')
      server.metadata = { issuer: other.url, token_endpoint: `${other.url}/oauth/token` }
      const before = server.asked.length
      expect(await code(ask())).toBe('LOGIN_ENDED')
      expect([other.asked, server.asked.length]).toEqual([[], before])
      await updateContexts(env, ({ contexts }) => ({ contexts: contexts.map((one) => ({ ...one, url: other.url })) }))
      expect(await code(ask())).toBe('TOKEN_ELSEWHERE')
      expect(other.asked).toEqual([])
    } finally {
      await other.close()
    }
  })

  it.each<readonly [what: string, status: number, body: unknown, told: string]>([
    ['a server that is busy', 429, { error: 'temporarily_unavailable' }, 'SERVER_UNREACHABLE'],
    ['a server that is broken', 500, { error: 'server_error' }, 'SERVER_UNREACHABLE'],
    ['an answer without a token', 200, {}, 'NOT_TOWLINE'],
    ['an answer that is no JSON', 200, undefined, 'NOT_TOWLINE'],
  ])('login token: keeps the refresh token after %s', async (_what, status, body, told) => {
    const ask = loginToken(env, await store(0), { clock })
    server.reply = json(body, status)
    expect(await code(ask())).toBe(told)
    server.reply = json(tokens(NEW, R2))
    expect(await ask()).toBe(NEW)
  })

  it('login token: keeps it while the server is away', async () => {
    const ask = loginToken(env, await store(0), { clock })
    await server.close()
    expect(await code(ask())).toBe('SERVER_UNREACHABLE')
    expect(await stored()).toEqual([OLD, R1, NOW])
  })

  it('login token: ends when the context was forgotten meanwhile', async () => {
    const ask = loginToken(env, await store(3600), { clock })
    await updateContexts(env, () => ({ contexts: [] }))
    expect(await code(ask())).toBe('LOGIN_ENDED')
  })
})

describe('login token: who a server may say it is', () => {
  it.each<readonly [url: string, issuer: string, taken: boolean]>([
    ['https://relay.test', 'https://relay.test', true],
    ['https://relay.test:8080', 'http://relay.test:8080', true],
    ['https://127.0.0.1:8080', 'http://localhost:8080', true],
    ['http://localhost:8080', 'https://relay.test', true],
    ['https://[2001:db8::1]', 'https://[2001:db8::1]', true],
    ['https://relay.test', 'https://other.test', false],
    ['https://relay.test', 'https://relay.test.other.test', false],
    ['https://relay.test', 'https://relay.test/', false],
    ['https://relay.test', 'relay.test', false],
    ['https://127.0.0.1:8080', 'file:///etc', false],
  ])('login token: asked at %s, %s is taken: %s', (url, issuer, taken) => {
    verifies('cli.context')
    expect(isIssuerOf(url, issuer)).toBe(taken)
  })
})

describe('login token: what is given', () => {
  it('login token: is the stored one while it is good, without asking anyone', async () => {
    expect(await loginToken(env, await store(61), { clock })()).toBe(OLD)
    expect(server.asked).toEqual([])
  })

  it('login token: is renewed before its end, for the API, and stored with the next refresh token', async () => {
    expect(await loginToken(env, await store(60), { clock })()).toBe(NEW)
    const body = {
      grant_type: 'refresh_token',
      refresh_token: R1,
      resource: `${server.url}/api`,
      client_id: 'towline-cli',
    }
    expect(server.asked).toEqual([{ path: '/oauth/token', body }])
    expect(await stored()).toEqual([NEW, R2, NOW + 3600])
  })

  it('login token: is renewed once for all who ask at the same time', async () => {
    verifies('cli.login')
    const context = await store(0)
    const asks = Array.from({ length: 20 }, () => loginToken(env, context, { clock }))
    expect(new Set(await Promise.all(asks.map((ask) => ask())))).toEqual(new Set([NEW]))
    expect(server.asked).toHaveLength(1)
  })

  it('login token: is what another process stored while this one waited for its turn', async () => {
    verifies('cli.login')
    const context = await store(0)
    let asking: Promise<string> | undefined
    await withFileLock(`${contextsFile(env)}.here.login`, async () => {
      asking = loginToken(env, context, { clock })()
      await store(3600, { token: NEW })
    })
    expect(await asking).toBe(NEW)
    expect(server.asked).toEqual([])
  })

  it('login token: is another one after a refusal, unless another process has got it already', async () => {
    const ask = loginToken(env, await store(3600), { clock })
    expect(await ask(OLD)).toBe(NEW)
    expect(await ask(OLD)).toBe(NEW)
    expect(server.asked).toHaveLength(1)
  })

  it('login token: does not overwrite a login that took its place meanwhile', async () => {
    const ask = loginToken(env, await store(0), { clock })
    const later = { issuer: server.url, refreshToken: 'refresh-later-refresh', expiresAt: NOW + 9, permissions: [] }
    server.reply = (response, asked) => {
      void store(0, { token: 'access-later-access', login: later }).then(() => json(tokens(NEW, R2))(response, asked))
    }
    await ask()
    expect(await stored()).toEqual(['access-later-access', later.refreshToken, NOW + 9])
  })
})
