/** Proves that no other way of writing a path, no cookie of somebody else and no second click gets around the gate of the OAuth server. */
import { type Browser, openBrowser, openSystem, type System, verifies } from '@towline/testkit'
import type * as oc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, discoverCli, invite, PASSWORD, poll, startDevice } from './login.ts'

const ADA = { email: 'ada@example.test', password: PASSWORD }
const isInteraction = (url: string): boolean => url.includes('/interaction/')

describe('oauth detours', () => {
  let system: System
  let ada: Browser
  let cli: oc.Configuration
  beforeAll(async () => {
    system = await openSystem({ limits: { clientsPerMinute: 2 } })
    ada = await becomeOwner(system)
    cli = await discoverCli(system)
  })
  afterAll(() => system?.close())

  const send = (path: string, init: RequestInit = {}) =>
    fetch(`${system.site.publicUrl}${path}`, { redirect: 'manual', ...init })

  it('knows its paths in one spelling: the others try no code, register nobody and start no login', async () => {
    verifies('oauth.device', 'oauth.pkce')
    const body = JSON.stringify({ redirect_uris: ['http://127.0.0.1/cb'] })
    const headers = { 'content-type': 'application/json' }
    for (const path of ['/device/', '/Device', '/oauth/authorize/', '/oauth/AUTHORIZE', '/oauth//authorize']) {
      expect([path, (await send(path)).status]).toEqual([path, 404])
      expect([path, (await send(path, { method: 'POST', body: new URLSearchParams() })).status]).toEqual([path, 404])
    }
    for (const path of ['/oauth/register/', '/oauth/Register', '/oauth/token/', '/oauth/revoke/']) {
      expect([path, (await send(path, { method: 'POST', headers, body })).status]).toEqual([path, 404])
    }
  })

  it('shows a fresh form for one whose session is over', async () => {
    const browser = openBrowser()
    await browser.submit(await browser.open(`${system.site.publicUrl}/sign-in`), '/sign-in', ADA)
    const cookie = browser.cookie(`${system.site.publicUrl}/device`)
    const body = new URLSearchParams({ user_code: 'BBBB-BBBB', xsrf: 'x', confirm: 'yes' })
    const answer = await send('/device', { method: 'POST', body, headers: { cookie, origin: system.site.publicUrl } })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/device'])
  })

  it("lets nobody approve from a page that another person's browser opened, whoever was signed in to it", async () => {
    verifies('oauth.approve')
    await invite(system, 'bob@example.test', 'member')
    const stops = openBrowser(isInteraction)
    const bob = { email: 'bob@example.test', password: PASSWORD }
    await stops.submit(await stops.open(`${system.site.publicUrl}/sign-in`), '/sign-in', bob)
    const device = await startDevice(cli)
    const code = await stops.open(device.verification_uri_complete as string)
    const started = await stops.submit(code, '/device')
    expect(isInteraction(started.url)).toBe(true)
    const tossed = [stops.cookie(started.url).replace(/towline_session=[^;]*(; )?/, ''), ada.cookie(started.url)]
    const opened = await send(new URL(started.url).pathname + new URL(started.url).search, {
      headers: { accept: 'text/html', cookie: tossed.join('; ') },
    })
    expect(opened.status).toBe(403)
    expect(await opened.text()).toContain('LOGIN_OTHER_PERSON')
    expect(await poll(cli, device.device_code)).toBe('authorization_pending')
  })

  it('takes no code from a form of another site, nor a decision for another page than that of the cookie', async () => {
    verifies('oauth.approve', 'oauth.device')
    const [one, other] = [await startDevice(cli), await startDevice(cli)]
    const form = await ada.open(one.verification_uri_complete as string)
    const xsrf = /name="xsrf" value="([^"]*)"/.exec(form.text)?.[1] ?? ''
    const fields = { user_code: one.user_code, xsrf, confirm: 'yes' }
    for (const from of ['https://elsewhere.test', 'http://web.dev.localhost']) {
      const headers = { cookie: ada.cookie(`${system.site.publicUrl}/device`), origin: from }
      const answer = await send('/device', { method: 'POST', body: new URLSearchParams(fields), headers })
      expect([from, answer.status]).toEqual([from, 403])
    }
    const page = await ada.submit(form, '/device')
    const mixed = { cookie: ada.cookie(page.url), origin: system.site.publicUrl }
    const second = await ada.submit(await ada.open(other.verification_uri_complete as string), '/device')
    const decision = new URLSearchParams({ decision: 'allow', permission: 'tunnels.list' })
    const answer = await fetch(second.url, { method: 'POST', body: decision, headers: mixed, redirect: 'manual' })
    expect(answer.status).toBe(400)
    expect([await poll(cli, one.device_code), await poll(cli, other.device_code)]).toEqual([
      ...['authorization_pending', 'authorization_pending'],
    ])
  })

  it('counts codes by address too, however many people try them there', async () => {
    verifies('oauth.device')
    await using busy = await openSystem({ limits: { userCodesPerMinuteOfAddress: 3 } })
    const people = [
      await becomeOwner(busy),
      await invite(busy, 'bob@example.test'),
      await invite(busy, 'eve@example.test'),
    ]
    const statuses = []
    for (const person of [...people, ...people]) {
      const form = await person.open(`${busy.site.publicUrl}/device?user_code=ZZZZ-ZZZZ`)
      statuses.push((await person.submit(form, '/device')).status)
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429])
  })

  it('makes one login of a form that is sent twice', async () => {
    const device = await startDevice(cli)
    const page = await ada.submit(await ada.open(device.verification_uri_complete as string), '/device')
    const body = new URLSearchParams({ decision: 'allow', permission: 'tunnels.list' })
    const headers = { cookie: ada.cookie(page.url), origin: system.site.publicUrl }
    const allow = () => fetch(page.url, { method: 'POST', body, headers, redirect: 'manual' })
    const [first, second] = [await allow(), await allow()]
    expect([first.status, second.status]).toEqual([303, 303])
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    await ada.open(new URL(first.headers.get('location') as string, page.url).href)
    expect(await poll(cli, device.device_code)).toMatchObject({ scope: 'tunnels.list' })
    const account = await ada.open(`${system.site.publicUrl}/account`)
    expect([...account.text.matchAll(/\/account\/logins\/end/g)]).toHaveLength(1)
  })
})
