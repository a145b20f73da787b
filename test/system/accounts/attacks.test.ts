/** Proves that the pages of accounts hold against pages of others: cookies, frames, forms, floods and old sessions. */
import { type Browser, openBrowser, openSystem, type System, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, openClock, PASSWORD } from '../oauth/login.ts'

const HTTPS = 'https://towline.test'

describe('accounts behind TLS', () => {
  let system: System
  beforeAll(async () => {
    system = await openSystem({ site: { publicUrl: HTTPS } })
  })
  afterAll(() => system?.close())

  const send = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${system.port}${path}`, { redirect: 'manual', ...init })

  it('sets only cookies that go over TLS, to this very host, and that no script and no tunnel can set or read', async () => {
    verifies('account.signin')
    const setup = new URL((await system.site.setupUrl()) as string).pathname
    const signedIn = await send(setup, {
      method: 'POST',
      headers: { origin: HTTPS },
      body: new URLSearchParams({ email: 'ada@example.test', name: 'Ada', password: PASSWORD }),
    })
    const cookie = signedIn.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
    const answers = [signedIn]
    for (const path of [
      '/api/auth/passkey/generate-register-options',
      '/api/auth/passkey/generate-authenticate-options',
      '/device',
    ])
      answers.push(await send(path, { headers: { cookie } }))
    for (const answer of answers) {
      const cookies = answer.headers.getSetCookie()
      expect(cookies.length).toBeGreaterThan(0)
      for (const one of cookies) {
        expect(one).toMatch(/^__Host-towline[\w.-]*=/)
        expect(one.toLowerCase()).toMatch(/; path=\/(;|$)/)
        for (const attribute of ['secure', 'httponly', 'samesite=lax'])
          expect(one.toLowerCase()).toMatch(new RegExp(`; ${attribute}(;|$)`))
      }
      expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000')
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })
})

describe('accounts under attack', () => {
  const clock = openClock()
  let system: System
  let ada: Browser
  beforeAll(async () => {
    system = await openSystem({ clock: clock.now, limits: { passkeyCallsPerMinute: 3, signInsPerMinuteOfPerson: 3 } })
    ada = await becomeOwner(system)
  })
  afterAll(async () => {
    await system?.close()
    clock.restore()
  })

  it('shows no page in a frame, and runs nothing of elsewhere on any', async () => {
    verifies('account.signin')
    for (const path of [
      '/sign-in',
      '/account',
      '/device',
      '/oauth/authorize',
      '/setup/x',
      '/approve/x',
      '/interaction/x',
    ]) {
      const { headers } = await (path === '/sign-in' ? openBrowser() : ada).open(`${system.site.publicUrl}${path}`)
      const policy = headers.get('content-security-policy') ?? ''
      for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"])
        expect([path, policy]).toEqual([path, expect.stringContaining(rule)])
      expect([path, headers.get('x-frame-options'), headers.get('referrer-policy'), policy.includes('unsafe')]).toEqual(
        [path, 'DENY', 'same-origin', false],
      )
    }
  })

  it('counts guesses by where they really come from: by the proxy of this machine, never by a field of the caller', async () => {
    verifies('account.signin')
    clock.advance(61)
    const guess = async (headers: Readonly<Record<string, string>>, email: string) => {
      const body = new URLSearchParams({ email, password: 'a guess of twelve' })
      const init = { method: 'POST', redirect: 'manual', body, headers: { origin: system.site.publicUrl, ...headers } }
      return (await fetch(`${system.site.publicUrl}/sign-in`, init as RequestInit)).status
    }
    const last = async (headersOf: (count: number) => Readonly<Record<string, string>>) => {
      let status = 0
      for (let count = 0; count <= system.limits.signInsPerMinute; count++)
        status = await guess(headersOf(count), `nobody${count}@example.test`)
      return status
    }
    expect(await last((count) => ({ 'x-forwarded-for': `192.0.2.${count}` }))).toBe(401)
    expect(await last((count) => ({ 'x-towline-address': `192.0.2.${count}` }))).toBe(429)
    clock.advance(61)
    const statuses = []
    for (let count = 0; count < 4; count++)
      statuses.push(await guess({ 'x-forwarded-for': `198.51.100.${count}` }, 'ada@example.test'))
    expect(statuses, 'one person, from everywhere').toEqual([401, 401, 401, 429])
  })

  it('keeps no challenge for whoever asks for them by the dozen', async () => {
    verifies('account.signin')
    const ask = async () =>
      (await fetch(`${system.site.publicUrl}/api/auth/passkey/generate-authenticate-options`)).status
    clock.advance(61)
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual([200, 200, 200, 429])
  })
})
