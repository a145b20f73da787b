/** Proves that all that people do with their accounts is in the audit trail: once, and without a secret. */
import { type Browser, openBrowser, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAuthenticator } from '../accounts/authenticator.ts'
import { becomeOwner, PASSWORD } from '../oauth/login.ts'
import { ADA, ADDRESS, CALLBACK, openTrail, type Trail } from './trail.ts'

let trail: Trail
let ada: Browser
let adaId: string
beforeAll(async () => {
  trail = await openTrail()
})
afterAll(() => trail?.system.close())

describe('audit of accounts', () => {
  const signIn = (fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
    trail.sent('/sign-in', { ...ADA, ...fields }, { origin: trail.site(''), ...headers })

  it('keeps what the operator makes, and who takes the first link', async () => {
    verifies('audit.log')
    expect(await trail.kept()).toMatchObject([
      { action: 'projects.create', target: trail.system.projectId, details: { by: 'operator' } },
      { action: 'tokens.create', projectId: trail.system.projectId, details: { by: 'operator' } },
    ])
    const wrong = 'w'.repeat(43)
    trail.secrets.push(wrong)
    const fields = { email: 'eve@example.test', name: 'Eve', password: PASSWORD }
    expect((await trail.sent(`/setup/${wrong}`, fields, { origin: trail.site('') })).status).toBe(404)
    ada = await becomeOwner(trail.system, { browser: openBrowser((url) => url.startsWith(CALLBACK)) })
    const records = await trail.kept()
    adaId = records[1]?.userId as string
    const address = ADDRESS
    const setup = { at: expect.any(Number), action: 'account.setup' }
    expect(records).toEqual([
      { ...setup, decision: 'refused', code: 'SETUP_LINK_INVALID', details: { address } },
      { ...setup, decision: 'allowed', userId: adaId, target: 'ada@example.test', details: { address } },
    ])
    expect(adaId).toMatch(/^usr_/)
  })

  it('keeps who signs in and out, who fails to, and which session ends', async () => {
    verifies('audit.log')
    const about = { action: 'account.sign-in', userId: adaId, target: 'ada@example.test' }
    const details = { way: 'password', address: ADDRESS }
    await signIn({ password: 'not the password of ada' })
    expect(await trail.kept()).toMatchObject([{ ...about, decision: 'refused', code: 'SIGN_IN_REFUSED', details }])
    // A password in the wrong field is no name.
    await signIn({ email: PASSWORD })
    const [unknown, ...none] = await trail.kept()
    expect([unknown?.target, unknown?.userId, unknown?.code, none]).toEqual([
      undefined,
      undefined,
      'SIGN_IN_REFUSED',
      [],
    ])
    const signedIn = await signIn({})
    const cookie = signedIn.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
    trail.secrets.push(cookie.split(/[=;]/)[1] as string)
    expect(await trail.kept()).toMatchObject([{ ...about, decision: 'allowed', details }])
    await trail.sent('/sign-out', {}, { origin: trail.site(''), cookie })
    await trail.sent('/sign-out', {}, { origin: trail.site(''), cookie })
    expect(await trail.kept()).toMatchObject([{ action: 'account.sign-out', decision: 'allowed', userId: adaId }])
    await signIn({})
    await trail.kept()
    const page = await ada.open(trail.site('/account'))
    const ids = [...page.text.matchAll(/sessions\/end"><input type="hidden" name="id" value="(\w+)"/g)]
    const id = ids.at(-1)?.[1] as string
    await ada.submit(page, '/account/sessions/end', { id })
    await ada.submit(page, '/account/sessions/end', { id: 'nobody' })
    expect(await trail.kept()).toMatchObject([
      { action: 'account.session.end', decision: 'allowed', userId: adaId, target: id },
    ])
  })

  it('keeps passkeys that are added, renamed, used and removed, and those that are refused', async () => {
    verifies('audit.log', 'account.signin')
    const authenticator = openAuthenticator(trail.site(''))
    let cookie = ada.cookie(trail.site('/api/auth/passkey/'))
    const call = async (name: string, body?: object) => {
      const headers = { origin: trail.site(''), cookie, 'content-type': 'application/json' }
      const init = body && { method: 'POST', body: JSON.stringify(body) }
      const answer = await fetch(trail.site(`/api/auth/passkey/${name}`), { ...init, headers, redirect: 'manual' })
      const set = answer.headers.getSetCookie().map((one) => one.split(';')[0] as string)
      const names = set.map((one) => `${one.split('=')[0]}=`)
      cookie = [...cookie.split('; ').filter((one) => !names.some((own) => one.startsWith(own))), ...set].join('; ')
      return { status: answer.status, body: (await answer.json()) as Record<string, string> & { challenge: string } }
    }
    const register = await call('generate-register-options')
    const wrong = authenticator.create({ challenge: 'wrong' })
    expect((await call('verify-registration', { response: wrong })).status).toBe(400)
    expect(await trail.lines()).toEqual(['account.passkey.add REQUEST_INVALID'])
    const again = await call('generate-register-options')
    expect(register.status).toBe(200)
    const added = await call('verify-registration', { response: authenticator.create(again.body) })
    expect(added.status).toBe(200)
    const { id = '' } = added.body
    await call('update-passkey', { id, name: 'laptop' })
    const options = await call('generate-authenticate-options')
    const old = cookie
    expect((await call('verify-authentication', { response: authenticator.get(options.body) })).status).toBe(200)
    expect(await trail.kept()).toMatchObject([
      { action: 'account.passkey.add', decision: 'allowed', userId: adaId },
      { action: 'account.passkey.rename', decision: 'allowed', userId: adaId },
      { action: 'account.sign-in', decision: 'allowed', userId: adaId, details: { way: 'passkey' } },
    ])
    const before = await fetch(trail.site('/account'), { redirect: 'manual', headers: { cookie: old } })
    expect(before.status, 'the session before is over').toBe(303)
    expect((await call('delete-passkey', { id })).status).toBe(200)
    const gone = await call('generate-authenticate-options')
    expect((await call('verify-authentication', { response: authenticator.get(gone.body) })).status).toBe(401)
    expect(await trail.lines()).toEqual(['account.passkey.remove allowed', 'account.sign-in SIGN_IN_REFUSED'])
    trail.secrets.push(cookie.match(/towline_session=([^;]+)/)?.[1] as string)
    ada = openBrowser((url) => url.startsWith(CALLBACK))
    await ada.submit(await ada.open(trail.site('/sign-in')), '/sign-in', ADA)
    await trail.kept()
  })

  it('holds no secret, and always says who, or from where', () => {
    verifies('audit.log', 'token.storage')
    trail.judge()
  })
})
