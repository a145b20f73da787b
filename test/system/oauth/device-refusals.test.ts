/** Proves who the device grant (RFC 8628) turns away, and in which words, with a client that no one here wrote. */
import { type Browser, openBrowser, openSystem, type System, verifies } from '@towline/testkit'
import type * as oc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, decide, discoverCli, enterCode, invite, openClock, poll, startDevice, wordsOf } from './login.ts'

describe('oauth device refuses', () => {
  const clock = openClock()
  let system: System
  let ada: Browser
  let cli: oc.Configuration
  beforeAll(async () => {
    system = await openSystem({ clock: clock.now })
    ada = await becomeOwner(system)
    cli = await discoverCli(system)
  })
  afterAll(async () => {
    await system?.close()
    clock.restore()
  })

  const ask = async (parameters: Readonly<Record<string, string>>): Promise<unknown> => {
    const answer = await fetch(`${system.site.publicUrl}/oauth/device`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'towline-cli', scope: 'tunnels.list', ...parameters }),
    })
    return { status: answer.status, ...((await answer.json()) as object) }
  }

  it('a client nobody knows, a resource that is not here, and scopes nobody knows', async () => {
    verifies('oauth.device')
    expect(await ask({ client_id: 'nobody' })).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(await ask({ resource: 'https://elsewhere.test/api' })).toMatchObject({
      status: 400,
      error: 'invalid_target',
    })
    expect(await ask({ scope: 'everything' })).toMatchObject({ status: 400, error: 'invalid_scope' })
  })

  it('a poll before anybody decided, and one that comes too soon, which slows the device down for good', async () => {
    verifies('oauth.device')
    const { device_code, interval } = await startDevice(cli)
    expect(interval).toBe(5)
    expect(await poll(cli, device_code)).toBe('authorization_pending')
    expect(await poll(cli, device_code)).toBe('slow_down')
    clock.advance(6)
    expect(await poll(cli, device_code), 'the interval is ten seconds now').toBe('slow_down')
    clock.advance(15)
    expect(await poll(cli, device_code)).toBe('authorization_pending')
  })

  it('a device whose person refused, or ticked nothing', async () => {
    verifies('oauth.device', 'oauth.approve')
    for (const fields of [
      { decision: 'refuse' },
      { decision: 'allow', permission: null },
      { permission: 'tokens.create' },
    ]) {
      const device = await startDevice(cli)
      const page = await enterCode(ada, device.verification_uri_complete as string)
      await ada.submit(page, '/interaction/', fields)
      expect(await poll(cli, device.device_code), JSON.stringify(fields)).toBe('access_denied')
    }
  })

  it('a code that has expired: the person and the device are both told so', async () => {
    verifies('oauth.device')
    const device = await startDevice(cli)
    clock.advance(901)
    const page = await enterCode(ada, device.verification_uri_complete as string)
    expect(wordsOf(page)).toContain('That code has expired.')
    expect(await poll(cli, device.device_code)).toBe('expired_token')
  })

  it('a code that nobody has', async () => {
    const page = await enterCode(ada, `${system.site.publicUrl}/device?user_code=BBBB-CCCC`)
    expect(wordsOf(page)).toContain('There is no such code.')
  })

  it('another client that got hold of the device code', async () => {
    verifies('oauth.device')
    const device = await startDevice(cli)
    await decide(ada, await enterCode(ada, device.verification_uri_complete as string))
    const other = await fetch(`${system.site.publicUrl}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        redirect_uris: ['http://127.0.0.1/cb'],
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
      }),
    })
    const { client_id } = (await other.json()) as { client_id: string }
    expect(await poll(await discoverCli(system, client_id), device.device_code)).toBe('invalid_grant')
  })

  it('a code used a second time: by a person, and by a device, which ends the login', async () => {
    const device = await startDevice(cli)
    await decide(ada, await enterCode(ada, device.verification_uri_complete as string))
    const page = await enterCode(ada, device.verification_uri_complete as string)
    expect(wordsOf(page)).toContain('That code was used already.')
    const tokens = (await poll(cli, device.device_code)) as oc.TokenEndpointResponse
    const { authority } = system.control
    expect(await authority.verify(tokens.access_token)).toMatchObject({ projectSlug: 'dev' })
    expect(await poll(cli, device.device_code)).toBe('invalid_grant')
    await expect(authority.verify(tokens.access_token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('a stranger: whoever is not signed in is asked to, before a code can be tried', async () => {
    const device = await startDevice(cli)
    const page = await openBrowser().open(device.verification_uri_complete as string)
    expect(page.url).toContain('/sign-in?return_to=')
    const posted = await fetch(`${system.site.publicUrl}/device`, { method: 'POST', redirect: 'manual' })
    expect(posted.headers.get('location')).toBe('/sign-in?return_to=%2Fdevice')
  })

  it("another person: neither another's code, nor another's page, nor another's cookie lets them approve", async () => {
    verifies('oauth.approve')
    const bob = await invite(system, 'bob@example.test')
    const device = await startDevice(cli)
    const page = await enterCode(ada, device.verification_uri_complete as string)
    expect(wordsOf(await enterCode(bob, device.verification_uri_complete as string))).toContain('used already')
    const body = new URLSearchParams({ decision: 'allow', permission: 'tunnels.list' })
    const approveAs = (cookie: string) =>
      fetch(page.url, { method: 'POST', body, redirect: 'manual', headers: { cookie, origin: system.site.publicUrl } })
    expect((await approveAs(bob.cookie(page.url))).status).toBe(400)
    const mixed = [ada.cookie(page.url).replace(/towline_session=[^;]*/, ''), bob.cookie(page.url)].join('; ')
    expect((await approveAs(mixed)).status).toBe(403)
    expect(await poll(cli, device.device_code)).toBe('authorization_pending')
    await decide(ada, page)
  })

  it('a form that another site sends, even one that shares our site', async () => {
    verifies('oauth.approve')
    const device = await startDevice(cli)
    const page = await enterCode(ada, device.verification_uri_complete as string)
    const body = new URLSearchParams({ decision: 'allow', permission: 'tunnels.list' })
    for (const origin of ['http://evil.dev.localhost', 'null', '']) {
      const headers = {
        cookie: ada.cookie(page.url),
        ...(origin === '' ? {} : { origin }),
        'sec-fetch-site': 'same-site',
      }
      expect((await fetch(page.url, { method: 'POST', body, headers, redirect: 'manual' })).status, origin).toBe(403)
    }
  })

  it('whoever guesses codes', async () => {
    verifies('oauth.device')
    clock.advance(61)
    const guess = () => enterCode(ada, `${system.site.publicUrl}/device?user_code=ZZZZ-ZZZZ`)
    const pages = []
    for (let count = 0; count <= system.limits.userCodesPerMinute; count++) pages.push(await guess())
    expect(pages.map(({ status }) => status)).toEqual([...Array(10).fill(200), 429])
    expect(pages.at(-1)?.headers.get('retry-after')).toBe('6')
    clock.advance(61)
  })
})
