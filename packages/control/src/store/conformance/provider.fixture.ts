/** Owns that oidc-provider itself, unchanged, runs a login over the records: device code, approval, refresh, replay. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { oauthAdapter } from '../../oauth/record-store.ts'
import { type Db, someSlug } from './world.fixture.ts'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** A provider on a port of its own; each has the key of its process, so the references of one mean nothing to another. */
const openProvider = async (db: Db, clientId: string): Promise<{ readonly url: string; close(): Promise<void> }> => {
  const server: Server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(url, {
    adapter: oauthAdapter(db(), () => Math.floor(Date.now() / 1000)) as never,
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        grant_types: [DEVICE_CODE, 'refresh_token'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    cookies: { keys: ['k'] },
    findAccount: (_ctx: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
    features: { deviceFlow: { enabled: true }, devInteractions: { enabled: true }, revocation: { enabled: true } },
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
  } as never)
  server.on('request', provider.callback())
  return {
    url,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A browser: keeps cookies, follows redirects, and answers forms. */
const openBrowser = (url: string) => {
  const jar = new Map<string, string>()
  const go = async (path: string, form?: Record<string, string>): Promise<{ url: string; html: string }> => {
    const answer = await fetch(new URL(path, url), {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) as unknown as [string, string, string]
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    const location = answer.headers.get('location')
    return location === null ? { url: answer.url, html: await answer.text() } : go(new URL(location, url).href)
  }
  return go
}

export const provider = (db: Db): void => {
  describe('oidc-provider', () => {
    // It tells of every default it is left with.
    beforeAll(() => {
      for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => {})
    })
    afterAll(() => vi.restoreAllMocks())

    it('approves a device by its user code, rotates, and ends the family when a token comes twice', async () => {
      const clientId = someSlug()
      const { url, close } = await openProvider(db, clientId)
      const post = async (path: string, form: Record<string, string>) =>
        (await (
          await fetch(url + path, { method: 'POST', body: new URLSearchParams({ client_id: clientId, ...form }) })
        ).json()) as Record<string, string>
      const begun = await post('/device/auth', { scope: 'openid offline_access' })
      const poll = () => post('/token', { grant_type: DEVICE_CODE, device_code: begun['device_code'] as string })
      expect(await poll()).toMatchObject({ error: 'authorization_pending' })

      const go = openBrowser(url)
      const user_code = begun['user_code'] as string
      const asked = await go(`/device?user_code=${user_code}`)
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.html)?.[1] as string
      const login = await go('/device', { xsrf, user_code, confirm: 'yes' })
      const consent = await go(login.url, { prompt: 'login', login: 'usr_alice', password: 'x' })
      const done = await go(consent.url, { prompt: 'consent' })
      expect(done.html).toContain('Sign-in Success')

      const granted = await poll()
      expect(granted).toMatchObject({ token_type: 'Bearer', scope: 'openid offline_access' })
      const refresh = (token: string | undefined) =>
        post('/token', { grant_type: 'refresh_token', refresh_token: token as string })
      const second = await refresh(granted['refresh_token'])
      const third = await refresh(second['refresh_token'])
      expect(third).toMatchObject({ token_type: 'Bearer' })
      for (const [what, token] of Object.entries({ 'a used token': second, 'the newest, after that': third })) {
        expect(await refresh(token['refresh_token']), what).toMatchObject({ error: 'invalid_grant' })
      }
      expect(await poll(), 'the code comes twice').toMatchObject({ error: 'invalid_grant' })
      await close()
    })
  })
}
