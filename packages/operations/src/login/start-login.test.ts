/** Proves a login in steps: asked about in many calls, over once, and kept also when whoever waited has gone. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readContexts } from '../context/contexts.ts'
import { type FakeOauth, json, openFakeOauth, tokens } from './fake-oauth.fixture.ts'
import { type PendingLogin, startLogin } from './start-login.ts'

const START = 1_800_000_000_000
const pendingAnswer = json({ error: 'authorization_pending' }, 400)

let home: string
let env: Record<string, string>
let server: FakeOauth
let now: number

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-start-'))
  env = { TOWLINE_HOME: home }
  server = await openFakeOauth()
  now = START
})
afterEach(async () => {
  await server.close()
  await rm(home, { recursive: true, force: true })
})

const device = (more: object = {}) => ({
  device_code: 'device-code',
  user_code: 'ABCD-EFGH',
  verification_uri: `${server.url}/device`,
  verification_uri_complete: `${server.url}/device?user_code=ABCD-EFGH`,
  expires_in: 600,
  interval: 5,
  ...more,
})

const start = async (more: object = {}): Promise<PendingLogin> => {
  server.reply = json(device(more))
  const permissions = ['tunnels.list'] as const
  const pending = await startLogin({ env, name: 'here', url: server.url, permissions, clock: () => now })
  server.asked.length = 0
  return pending
}

const later = (seconds: number): void => {
  now += seconds * 1000
}

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: { code?: string }) => error.code ?? String(error),
  )

const stored = async (): Promise<number> => (await readContexts(env)).contexts.length

describe('login in steps: what ends it', () => {
  it.each([
    ['access_denied', 'LOGIN_REFUSED'],
    ['expired_token', 'LOGIN_EXPIRED'],
    ['invalid_grant', 'LOGIN_EXPIRED'],
    ['nonsense', 'NOT_TOWLINE'],
  ])('login in steps: %s, and is told so whoever asks again', async (error, told) => {
    const pending = await start()
    later(5)
    server.reply = json({ error }, 400)
    expect([await code(pending.poll()), await code(pending.poll())]).toEqual([told, told])
    expect([server.asked.length, await stored()]).toEqual([1, 0])
  })

  it('login in steps: the end of the code, without asking', async () => {
    const pending = await start()
    later(600)
    expect(await code(pending.poll())).toBe('LOGIN_EXPIRED')
    expect(server.asked).toEqual([])
  })

  it('login in steps: a login that cannot be renewed, of which nothing is kept', async () => {
    const pending = await start()
    later(5)
    server.reply = json({ access_token: 'access-access', token_type: 'Bearer', expires_in: 60 })
    expect([await code(pending.poll()), await stored()]).toEqual(['NOT_TOWLINE', 0])
  })

  it('login in steps: a page elsewhere is never shown', async () => {
    server.reply = json(device({ verification_uri: 'https://evil.test/device' }))
    const work = startLogin({ env, name: 'here', url: server.url, permissions: ['tunnels.list'] })
    expect(await code(work)).toBe('NOT_TOWLINE')
  })
})

describe('login in steps', () => {
  it('login in steps: asks no sooner than the server allows, and later when told to slow down', async () => {
    verifies('mcp.auth')
    const pending = await start()
    expect([await pending.poll(), server.asked.length, pending.nextPollSeconds]).toEqual([undefined, 0, 5])
    later(5)
    server.reply = json({ error: 'slow_down' }, 400)
    expect([await pending.poll(), server.asked.length, pending.nextPollSeconds]).toEqual([undefined, 1, 10])
    later(9)
    expect([await pending.poll(), server.asked.length, pending.nextPollSeconds]).toEqual([undefined, 1, 1])
  })

  it('login in steps: goes on when the server is away for a while', async () => {
    const pending = await start()
    later(5)
    server.reply = json({}, 503)
    expect(await pending.poll()).toBeUndefined()
    later(5)
    server.reply = json(tokens('access-access', 'refresh-refresh'))
    expect(await pending.poll()).toMatchObject({ name: 'here', url: server.url })
  })

  it('login in steps: asks once for all who ask at once, keeps the context, and tells it again', async () => {
    verifies('mcp.auth')
    const pending = await start()
    later(5)
    server.reply = json(tokens('access-access', 'refresh-refresh'))
    const both = await Promise.all([pending.poll(), pending.poll()])
    expect(both.map((context) => context?.token)).toEqual(['access-access', 'access-access'])
    expect(server.asked.filter(({ path }) => path === '/oauth/token')).toEqual([
      expect.objectContaining({
        body: expect.objectContaining({
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          device_code: 'device-code',
          client_id: 'towline-cli',
        }),
      }),
    ])
    expect((await pending.poll())?.token).toBe('access-access')
    expect(await stored()).toBe(1)
  })

  it('login in steps: waits no longer than it is told to', async () => {
    verifies('mcp.auth')
    const pending = await start()
    server.reply = pendingAnswer
    expect(await pending.wait(new AbortController().signal, now)).toBeUndefined()
  })

  it('login in steps: whoever gives up waiting loses nothing of it', async () => {
    verifies('mcp.auth')
    const pending = await start({ interval: 1 })
    const cancel = new AbortController()
    later(1)
    let answer: () => void = () => {}
    const asked = new Promise<void>((heard) => {
      server.reply = (response, one) => {
        if (one.path !== '/oauth/token') return json({})(response, one)
        answer = () => json(tokens('access-access', 'refresh-refresh'))(response, one)
        heard()
      }
    })
    const waiting = code(pending.wait(cancel.signal))
    await asked
    cancel.abort(new Error('cancelled'))
    expect(await waiting).toMatch('cancelled')
    answer()
    expect((await pending.poll())?.token).toBe('access-access')
    expect(await stored()).toBe(1)
  })
})
