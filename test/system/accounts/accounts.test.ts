/** Proves who becomes the owner, who may sign in, and that sessions can be listed and ended. */
import { type Browser, openBrowser, openSystem, type System, verifies } from '@towline/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { becomeOwner, invite, openClock, PASSWORD, wordsOf } from '../oauth/login.ts'

const OWNER = { email: 'ada@example.test', name: 'Ada', password: PASSWORD }

describe('accounts: the first owner', () => {
  const clock = openClock()
  let system: System
  beforeEach(async () => {
    system = await openSystem({ clock: clock.now })
  })
  afterEach(() => system?.close())
  afterAll(() => clock.restore())

  it('refuses a link that is unknown, old, replaced by a newer one, or used', async () => {
    verifies('account.first-run')
    const { site } = system
    const refused = async (url: string): Promise<void> => {
      const page = await openBrowser().open(url)
      expect([page.status, wordsOf(page)]).toEqual([404, expect.stringContaining('unknown, used or expired')])
    }
    await refused(`${site.publicUrl}/setup/${'x'.repeat(43)}`)
    const first = (await site.setupUrl()) as string
    const second = (await site.setupUrl()) as string
    await refused(first)
    clock.advance(24 * 3600 + 1)
    await refused(second)
    const third = (await site.setupUrl()) as string
    const browser = openBrowser()
    const page = await browser.open(third)
    await browser.submit(page, '/setup/', OWNER)
    await refused(third)
    expect(wordsOf(await openBrowser().submit(page, '/setup/', OWNER))).toContain('unknown, used or expired')
    expect(await site.setupUrl()).toBeUndefined()
  })

  it('makes one owner when two use the link at once', async () => {
    verifies('account.first-run')
    const url = (await system.site.setupUrl()) as string
    const people = await Promise.all(
      ['one@example.test', 'two@example.test'].map(async (email) => {
        const browser = openBrowser()
        return browser.submit(await browser.open(url), '/setup/', { ...OWNER, email })
      }),
    )
    expect(new Set(people.map(({ status }) => status))).toEqual(new Set([200, 404]))
  })

  it('refuses a short password, no name and no address, and lets the person try again', async () => {
    verifies('account.first-run')
    const browser = openBrowser()
    const url = (await system.site.setupUrl()) as string
    const wrong = [
      [{ password: 'short' }, '12 to 256 characters'],
      [{ password: 'x'.repeat(257) }, '12 to 256 characters'],
      [{ name: ' ' }, '1 to 128 characters'],
      [{ email: 'nobody' }, 'no email address'],
      [{ email: 'a@b.c' }, 'no email address'],
    ] as const
    for (const [fields, words] of wrong) {
      const page = await browser.submit(await browser.open(url), '/setup/', { ...OWNER, ...fields })
      expect([page.status, wordsOf(page)]).toEqual([400, expect.stringContaining(words)])
    }
    const page = await browser.submit(await browser.open(url), '/setup/', OWNER)
    expect(wordsOf(page)).toContain('Signed in as Ada (ada@example.test).')
  })

  it('shows nothing of an attacker’s: what is typed is never markup', async () => {
    const browser = openBrowser()
    const fields = { ...OWNER, name: '<script>alert(1)</script>', password: 'short' }
    const page = await browser.submit(await browser.open((await system.site.setupUrl()) as string), '/setup/', fields)
    expect(page.text).not.toContain('<script>alert')
  })
})

describe('accounts: signing in', () => {
  const clock = openClock()
  let system: System
  let ada: Browser
  beforeAll(async () => {
    system = await openSystem({ clock: clock.now })
    ada = await becomeOwner(system)
  })
  beforeEach(() => clock.advance(61))
  afterAll(async () => {
    await system?.close()
    clock.restore()
  })

  const signIn = async (fields: Readonly<Record<string, string>> = {}, browser = openBrowser()) => {
    const page = await browser.open(`${system.site.publicUrl}/sign-in`)
    return {
      browser,
      page: await browser.submit(page, '/sign-in', { email: OWNER.email, password: PASSWORD, ...fields }),
    }
  }

  it('refuses a wrong password and an unknown address in the same words', async () => {
    verifies('account.signin')
    const wrong = await signIn({ password: `${PASSWORD}!` })
    const unknown = await signIn({ email: 'nobody@example.test' })
    expect([wrong.page.status, unknown.page.status]).toEqual([401, 401])
    expect(wordsOf(wrong.page)).toContain('do not fit together')
    expect(wordsOf(unknown.page)).toBe(wordsOf(wrong.page))
  })

  it('refuses guesses, by address and by person', async () => {
    verifies('account.signin')
    const statuses = []
    for (let count = 0; count <= system.limits.signInsPerMinute; count++) {
      statuses.push((await signIn({ password: `guess number ${count}` })).page.status)
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429])
    expect((await signIn()).page.status, 'also with the right password').toBe(429)
  })

  it('refuses forms of other sites, and does not follow them elsewhere afterwards', async () => {
    verifies('account.signin')
    const url = `${system.site.publicUrl}/sign-in`
    const body = new URLSearchParams({ email: OWNER.email, password: PASSWORD })
    const own = { origin: system.site.publicUrl }
    for (const headers of [
      ...[{}, { origin: 'https://elsewhere.test' }, { origin: 'http://web.dev.localhost:1' }, { origin: 'null' }],
      ...['same-site', 'cross-site'].map((site) => ({ ...own, 'sec-fetch-site': site })),
    ] as Record<string, string>[]) {
      expect((await fetch(url, { method: 'POST', body, headers })).status).toBe(403)
    }
    for (const to of ['https://elsewhere.test/', '//elsewhere.test/', '/\\elsewhere.test', 'javascript:alert(1)']) {
      const browser = openBrowser((next) => !next.startsWith(system.site.publicUrl))
      const page = await browser.open(`${url}?return_to=${encodeURIComponent(to)}`)
      const after = await browser.submit(page, '/sign-in', { email: OWNER.email, password: PASSWORD })
      expect(after.url, to).toBe(`${system.site.publicUrl}/account`)
    }
    const headers = { cookie: ada.cookie(url) }
    for (const to of ['//elsewhere.test', '/.//elsewhere.test', '/a/..//elsewhere.test', '/%2e//elsewhere.test']) {
      const asked = `${url}?return_to=${encodeURIComponent(to)}`
      const { status, headers: told } = await fetch(asked, { headers, redirect: 'manual' })
      expect([to, status, told.get('location')]).toEqual([to, 303, '/account'])
    }
  })

  it('reads forms that come in parts, and refuses those that go on for too long', async () => {
    const post = async (...parts: readonly string[]) => {
      const body = new Blob([...parts]).stream()
      const headers = { origin: system.site.publicUrl, 'content-type': 'application/x-www-form-urlencoded' }
      const init = { method: 'POST', redirect: 'manual', duplex: 'half', headers, body } as RequestInit
      return (await fetch(`${system.site.publicUrl}/sign-in`, init)).status
    }
    const form = new URLSearchParams({ email: OWNER.email, password: PASSWORD }).toString()
    expect(await post(form.slice(0, 9), form.slice(9))).toBe(303)
    expect(await post(form, `&x=${'x'.repeat(system.limits.apiBodyBytes)}`)).toBe(413)
  })

  it('opens none of the doors of the session library that nobody needs', async () => {
    for (const path of [
      'sign-up/email',
      'sign-in/email',
      'update-user',
      'delete-user',
      'list-sessions',
      'change-password',
    ]) {
      const answer = await fetch(`${system.site.publicUrl}/api/auth/${path}`, {
        method: 'POST',
        headers: { origin: system.site.publicUrl, 'content-type': 'application/json' },
        body: JSON.stringify({ ...OWNER, email: 'eve@example.test' }),
      })
      expect(answer.status, path).toBe(404)
    }
  })

  it('gives each sign-in a session of its own, and ends the one there was', async () => {
    verifies('account.signin')
    const { browser } = await signIn()
    const before = browser.cookie(system.site.publicUrl)
    await browser.submit(await browser.open(`${system.site.publicUrl}/account`), '/sign-out')
    const { browser: again } = await signIn()
    expect(again.cookie(system.site.publicUrl)).not.toBe(before)
    const body = new URLSearchParams({ email: OWNER.email, password: PASSWORD })
    const headers = { cookie: again.cookie(system.site.publicUrl), origin: system.site.publicUrl }
    const over = await fetch(`${system.site.publicUrl}/sign-in`, { method: 'POST', redirect: 'manual', body, headers })
    expect([over.status, over.headers.getSetCookie().length > 0]).toEqual([303, true])
    expect((await again.open(`${system.site.publicUrl}/account`)).url, 'signed in over it').toContain('/sign-in')
    const stolen = await fetch(`${system.site.publicUrl}/account`, { redirect: 'manual', headers: { cookie: before } })
    expect(stolen.status).toBe(303)
  })

  it('lists the sessions of a person and ends any of them', async () => {
    verifies('account.signin')
    const { browser: other } = await signIn()
    const url = `${system.site.publicUrl}/account`
    const ids = async () =>
      [...(await ada.open(url)).text.matchAll(/sessions\/end"><input type="hidden" name="id" value="(\w+)"/g)].map(
        ([, id]) => id as string,
      )
    const mine = await ids()
    expect(mine.length).toBeGreaterThan(1)
    expect((await other.open(url)).url).toBe(url)
    const bob = await invite(system, 'bob@example.test', 'viewer')
    const bobs = await bob.open(url)
    for (const id of mine) await bob.submit(bobs, '/account/sessions/end', { id })
    expect((await other.open(url)).url, "ending another's does nothing").toBe(url)
    for (const id of (await ids()).slice(-1)) await ada.submit(await ada.open(url), '/account/sessions/end', { id })
    expect((await ids()).length).toBe(mine.length - 1)
  })

  it('keeps a person out who is disabled, at once', async () => {
    verifies('account.signin')
    const bob = await invite(system, 'carol@example.test', 'viewer')
    const url = `${system.site.publicUrl}/account`
    expect((await bob.open(url)).url).toBe(url)
    await system.control.disableUser('carol@example.test')
    expect((await bob.open(url)).url).toContain('/sign-in')
    clock.advance(61)
    expect((await signIn({ email: 'carol@example.test' })).page.url).toContain('/sign-in')
  })

  it('sets cookies that scripts cannot read and other sites do not send', async () => {
    const answer = await fetch(`${system.site.publicUrl}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: system.site.publicUrl },
      body: new URLSearchParams({ email: OWNER.email, password: PASSWORD }),
    })
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.toLowerCase())
    expect(cookies.length).toBeGreaterThan(0)
    for (const cookie of cookies) expect(cookie).toMatch(/; httponly/)
    for (const cookie of cookies) expect(cookie).toMatch(/; samesite=lax/)
  })
})
