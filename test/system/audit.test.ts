/** Proves that all that people, clients and the operator do outside of the control API is in the audit trail: once, and without a secret. */
import type { AuditRecord } from '@towline/protocol'
import { type Browser, openBrowser, openSystem, type System, verifies } from '@towline/testkit'
import * as oc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAuthenticator } from './accounts/authenticator.ts'
import {
  becomeOwner,
  decide,
  discoverCli,
  enterCode,
  invite,
  type LoggedIn,
  logIn,
  PASSWORD,
  poll,
  SCOPE,
  startDevice,
} from './oauth/login.ts'

const CALLBACK = 'http://127.0.0.1:39998/callback'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'

let system: System
let ada: Browser
let adaId: string
/** Whatever may be in no record. */
const secrets: string[] = [PASSWORD]
const all: AuditRecord[] = []

/** What was kept since the last time, oldest first. */
const kept = async (): Promise<readonly AuditRecord[]> => {
  const records = (await system.control.audit({ limit: 10_000 })).toReversed()
  const fresh = records.slice(all.length)
  all.push(...fresh)
  return fresh
}

/** Each as one line of what tells it from others. */
const lines = async (): Promise<readonly string[]> =>
  (await kept()).map(({ action, decision, code }) => `${action} ${code ?? decision}`)

const site = (path: string): string => `${system.site.publicUrl}${path}`
const sent = (path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
  fetch(site(path), { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields), headers })

beforeAll(async () => {
  system = await openSystem({ limits: { signInsPerMinute: 100, clientsPerMinute: 100 } })
})
afterAll(() => system?.close())

describe('audit of accounts', () => {
  const signIn = (fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
    sent('/sign-in', { email: 'ada@example.test', password: PASSWORD, ...fields }, { origin: site(''), ...headers })

  it('keeps what the operator makes, and who takes the first link', async () => {
    verifies('audit.log')
    expect(await kept()).toMatchObject([
      { action: 'projects.create', target: system.projectId, details: { by: 'operator' } },
      { action: 'tokens.create', projectId: system.projectId, details: { by: 'operator' } },
    ])
    const wrong = 'w'.repeat(43)
    secrets.push(wrong)
    const fields = { email: 'eve@example.test', name: 'Eve', password: PASSWORD }
    expect((await sent(`/setup/${wrong}`, fields, { origin: site('') })).status).toBe(404)
    ada = await becomeOwner(system, { browser: openBrowser((url) => url.startsWith(CALLBACK)) })
    const records = await kept()
    adaId = records[1]?.userId as string
    const address = '127.0.0.1'
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
    const details = { way: 'password', address: '127.0.0.1' }
    await signIn({ password: 'not the password of ada' })
    expect(await kept()).toMatchObject([{ ...about, decision: 'refused', code: 'SIGN_IN_REFUSED', details }])
    // A password in the wrong field is no name.
    await signIn({ email: PASSWORD })
    const [unknown, ...none] = await kept()
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
    secrets.push(cookie.split(/[=;]/)[1] as string)
    expect(await kept()).toMatchObject([{ ...about, decision: 'allowed', details }])
    await sent('/sign-out', {}, { origin: site(''), cookie })
    await sent('/sign-out', {}, { origin: site(''), cookie })
    expect(await kept()).toMatchObject([{ action: 'account.sign-out', decision: 'allowed', userId: adaId }])
    await signIn({})
    await kept()
    const page = await ada.open(site('/account'))
    const ids = [...page.text.matchAll(/sessions\/end"><input type="hidden" name="id" value="(\w+)"/g)]
    const id = ids.at(-1)?.[1] as string
    await ada.submit(page, '/account/sessions/end', { id })
    await ada.submit(page, '/account/sessions/end', { id: 'nobody' })
    expect(await kept()).toMatchObject([
      { action: 'account.session.end', decision: 'allowed', userId: adaId, target: id },
    ])
  })

  it('keeps passkeys that are added, renamed, used and removed, and those that are refused', async () => {
    verifies('audit.log', 'account.signin')
    const authenticator = openAuthenticator(site(''))
    let cookie = ada.cookie(site('/api/auth/passkey/'))
    const call = async (name: string, body?: object) => {
      const headers = { origin: site(''), cookie, 'content-type': 'application/json' }
      const init = body && { method: 'POST', body: JSON.stringify(body) }
      const answer = await fetch(site(`/api/auth/passkey/${name}`), { ...init, headers, redirect: 'manual' })
      const set = answer.headers.getSetCookie().map((one) => one.split(';')[0] as string)
      const names = set.map((one) => `${one.split('=')[0]}=`)
      cookie = [...cookie.split('; ').filter((one) => !names.some((own) => one.startsWith(own))), ...set].join('; ')
      return { status: answer.status, body: (await answer.json()) as Record<string, string> & { challenge: string } }
    }
    const register = await call('generate-register-options')
    expect((await call('verify-registration', { response: authenticator.create({ challenge: 'wrong' }) })).status).toBe(
      400,
    )
    expect(await lines()).toEqual(['account.passkey.add REQUEST_INVALID'])
    const again = await call('generate-register-options')
    expect(register.status).toBe(200)
    const added = await call('verify-registration', { response: authenticator.create(again.body) })
    expect(added.status).toBe(200)
    const { id = '' } = added.body
    await call('update-passkey', { id, name: 'laptop' })
    const options = await call('generate-authenticate-options')
    const old = cookie
    expect((await call('verify-authentication', { response: authenticator.get(options.body) })).status).toBe(200)
    expect(await kept()).toMatchObject([
      { action: 'account.passkey.add', decision: 'allowed', userId: adaId },
      { action: 'account.passkey.rename', decision: 'allowed', userId: adaId },
      { action: 'account.sign-in', decision: 'allowed', userId: adaId, details: { way: 'passkey' } },
    ])
    expect(
      (await fetch(site('/account'), { redirect: 'manual', headers: { cookie: old } })).status,
      'the one before',
    ).toBe(303)
    expect((await call('delete-passkey', { id })).status).toBe(200)
    const gone = await call('generate-authenticate-options')
    expect((await call('verify-authentication', { response: authenticator.get(gone.body) })).status).toBe(401)
    expect(await lines()).toEqual(['account.passkey.remove allowed', 'account.sign-in SIGN_IN_REFUSED'])
    secrets.push(cookie.match(/towline_session=([^;]+)/)?.[1] as string)
    ada = openBrowser((url) => url.startsWith(CALLBACK))
    await ada.submit(await ada.open(site('/sign-in')), '/sign-in', { email: 'ada@example.test', password: PASSWORD })
    await kept()
  })
})

describe('audit of logins', () => {
  let cli: oc.Configuration
  let login: LoggedIn
  beforeAll(async () => {
    cli = await discoverCli(system)
  })
  const remember = ({ tokens }: LoggedIn): void => {
    for (const token of [tokens.access_token, tokens.refresh_token]) if (token !== undefined) secrets.push(token)
  }
  const token = (fields: Readonly<Record<string, string>>) =>
    sent('/oauth/token', { client_id: 'towline-cli', ...fields })

  it('keeps codes that are none, what a person allowed and refused, and the tokens that follow', async () => {
    verifies('audit.log')
    await enterCode(ada, site('/device?user_code=BBBB-CCCC'))
    expect(await kept()).toMatchObject([
      { action: 'login.code', decision: 'refused', code: 'NOT_FOUND', userId: adaId },
    ])
    const denied = await startDevice(cli)
    await ada.submit(await enterCode(ada, denied.verification_uri_complete as string), '/interaction/', {
      decision: 'refuse',
    })
    await poll(cli, denied.device_code)
    const [refused, untold, ...none] = await kept()
    expect(refused).toMatchObject({ action: 'login.approve', code: 'APPROVAL_REFUSED', userId: adaId })
    expect(untold).toMatchObject({ action: 'token.issue', code: 'access_denied', agent: 'towline-cli' })
    expect(none).toEqual([])
    const device = await startDevice(cli)
    secrets.push(device.device_code, device.user_code, denied.device_code)
    expect(await poll(cli, device.device_code)).toBe('authorization_pending')
    await decide(ada, await enterCode(ada, device.verification_uri_complete as string), ['tunnels.list'])
    login = { cli, tokens: (await poll(cli, device.device_code)) as oc.TokenEndpointResponse }
    remember(login)
    const [approved, issued, ...more] = await kept()
    const credentialId = approved?.target as string
    expect(credentialId).toMatch(/^crd_/)
    expect(approved).toEqual({
      ...{ at: expect.any(Number), action: 'login.approve', decision: 'allowed', userId: adaId, target: credentialId },
      details: { clientId: 'towline-cli', name: 'workbench', permissions: ['tunnels.list'], address: '127.0.0.1' },
    })
    const who = { userId: adaId, credentialId, target: credentialId, agent: 'towline-cli' }
    const issue = { at: expect.any(Number), action: 'token.issue', decision: 'allowed' }
    expect([issued, more]).toEqual([{ ...issue, ...who, details: { address: '127.0.0.1' } }, []])
  })

  it('keeps a refresh, and the end of the family when a token comes twice', async () => {
    verifies('audit.log')
    const first = login.tokens.refresh_token as string
    const tokens = await oc.refreshTokenGrant(cli, first)
    remember({ cli, tokens })
    expect(await kept()).toMatchObject([
      { action: 'token.refresh', decision: 'allowed', userId: adaId, agent: 'towline-cli' },
    ])
    await oc.refreshTokenGrant(cli, first).catch(() => undefined)
    const records = (await kept()).toSorted((one, other) => (one.action < other.action ? -1 : 1))
    expect(records).toMatchObject([
      { action: 'login.end', decision: 'allowed', userId: adaId, details: { cause: 'used twice' } },
      { action: 'token.refresh', decision: 'refused', code: 'invalid_grant', userId: adaId },
    ])
    expect(records).toHaveLength(2)
    await token({ grant_type: 'refresh_token', refresh_token: 'nobody knows it' })
    await token({ grant_type: 'constructor' })
    expect(await lines()).toEqual(['token.refresh invalid_grant', 'token.issue unsupported_grant_type'])
  })

  it('keeps clients that register, the codes they get and those they are refused', async () => {
    verifies('audit.log')
    const register = (metadata: object) =>
      fetch(site('/oauth/register'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ client_name: 'An agent', ...metadata }),
      })
    await register({ redirect_uris: ['https://elsewhere.test/'] })
    const { client_id } = (await (await register({ redirect_uris: [CALLBACK] })).json()) as { client_id: string }
    expect(await kept()).toMatchObject([
      { action: 'client.register', decision: 'refused', code: 'invalid_redirect_uri' },
      { action: 'client.register', decision: 'allowed', target: client_id, agent: 'An agent' },
    ])
    const client = await discoverCli(system, client_id)
    const verifier = oc.randomPKCECodeVerifier()
    const url = oc.buildAuthorizationUrl(client, {
      ...{ redirect_uri: CALLBACK, scope: 'mcp', resource: site('/api/mcp') },
      ...{ code_challenge: await oc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
    })
    const callback = new URL((await decide(ada, await ada.open(url.href))).url)
    secrets.push(verifier, callback.searchParams.get('code') as string)
    await oc.authorizationCodeGrant(client, callback, { pkceCodeVerifier: 'x'.repeat(43) }).catch(() => undefined)
    expect(await lines()).toEqual(['login.approve allowed', 'token.issue invalid_grant'])
    remember({ cli: client, tokens: await oc.authorizationCodeGrant(client, callback, { pkceCodeVerifier: verifier }) })
    const [issued, ...none] = await kept()
    expect([issued?.action, issued?.agent, issued?.userId, none]).toEqual(['token.issue', client_id, adaId, []])
  })

  it('keeps tokens that are exchanged, and by whom', async () => {
    verifies('audit.log')
    login = await logIn(system, ada, undefined, `${SCOPE} tokens.create`)
    remember(login)
    const [approved] = await kept()
    const exchange = async (subject_token: string, more: Readonly<Record<string, string>> = {}) => {
      const asked = { grant_type: EXCHANGE, subject_token_type: ACCESS_TOKEN, subject_token, scope: 'tunnels.list' }
      const answer = await token({ ...asked, ...more })
      const { access_token } = (await answer.json()) as { access_token?: string }
      if (access_token !== undefined) secrets.push(access_token)
    }
    secrets.push(system.token, 'x'.repeat(43))
    await exchange(login.tokens.access_token)
    await exchange(system.token)
    await exchange('x'.repeat(43))
    await exchange(login.tokens.access_token, { scope: 'tunnels.cut' })
    await exchange('e.y.z', { subject_token_type: JWT })
    const who = { agent: 'towline-cli', target: expect.stringMatching(/^crd_/) }
    expect(await kept()).toMatchObject([
      { action: 'token.exchange', decision: 'allowed', ...who, userId: adaId, credentialId: approved?.target },
      { action: 'token.exchange', decision: 'allowed', ...who, projectId: system.projectId },
      { action: 'token.exchange', decision: 'refused', code: 'invalid_grant' },
      { action: 'token.exchange', decision: 'refused', code: 'invalid_scope' },
      { action: 'token.exchange', decision: 'refused', code: 'invalid_grant' },
    ])
  })

  it('keeps logins that end, and who could not end one', async () => {
    verifies('audit.log')
    const other = (await (
      await fetch(site('/oauth/register'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: [CALLBACK] }),
      })
    ).json()) as { client_id: string }
    await kept()
    const revoke = (client_id: string, value: string) => sent('/oauth/revoke', { client_id, token: value })
    await revoke('towline-cli', 'y'.repeat(43))
    await revoke(other.client_id, login.tokens.access_token)
    await revoke('towline-cli', login.tokens.access_token)
    const [refused, ended, ...none] = await kept()
    expect(refused).toMatchObject({ action: 'login.end', code: 'FORBIDDEN', agent: other.client_id, userId: adaId })
    const cause = { cause: 'revoked', address: '127.0.0.1' }
    expect(ended).toMatchObject({
      action: 'login.end',
      decision: 'allowed',
      agent: 'towline-cli',
      userId: adaId,
      details: cause,
    })
    expect(none).toEqual([])
    remember(await logIn(system, ada))
    const [approved] = await kept()
    const page = await ada.open(site('/account'))
    await ada.submit(page, '/account/logins/end', { id: approved?.target as string })
    expect(await kept()).toMatchObject([
      { action: 'login.end', decision: 'allowed', userId: adaId, target: approved?.target },
    ])
  })
})

describe('audit of the engine and the operator', () => {
  it('keeps what a person does with tunnels, under their name and in their workspace', async () => {
    verifies('audit.log')
    const { tokens } = await logIn(system, ada, undefined, `${SCOPE} tunnels.cut tokens.create`)
    const [approved] = await kept()
    secrets.push(tokens.access_token)
    const session = system.session({ token: tokens.access_token, project: 'dev' })
    const tunnel = await session.open({ kind: 'private', name: 'db' }, () => {})
    const ask = (method: string, path: string, body: object) =>
      system.api(`/api/engine${path}`, {
        method,
        body: JSON.stringify(body),
        headers: {
          ...{ authorization: `Bearer ${tokens.access_token}`, 'content-type': 'application/json' },
          'towline-project': 'dev',
        },
      })
    const minted = await ask('POST', '/tokens', { permissions: ['tunnels.list'], ttlSeconds: 60 })
    secrets.push(((await minted.json()) as { token: string }).token)
    await ask('DELETE', '/tunnels/none', {})
    await ask('DELETE', '/tunnels/db', { reason: 'done' })
    await tunnel.closed
    const who = { userId: adaId, credentialId: approved?.target, projectId: system.projectId, workspaceId: 'wsp_first' }
    expect(await kept()).toMatchObject([
      { action: 'tunnel.create', decision: 'allowed', ...who, details: { name: 'db', kind: 'private' } },
      { action: 'token.mint', decision: 'allowed', ...who, target: expect.stringMatching(/^crd_/) },
      { action: 'tunnel.cut', decision: 'refused', code: 'NOT_FOUND', ...who, target: 'none' },
      { action: 'tunnel.cut', decision: 'allowed', ...who, details: { reason: 'done' } },
    ])
  })

  it('keeps what the operator does about people and credentials', async () => {
    verifies('audit.log')
    await invite(system, 'bob@example.test', 'member')
    await system.control.setRole('bob@example.test', 'viewer')
    await system.control.disableUser('bob@example.test')
    const { credentialId } = await system.control.createOwnerCredential(system.projectId)
    await system.control.revoke(credentialId)
    const by = { details: { by: 'operator' } }
    expect(await kept()).toMatchObject([
      { action: 'members.invite', target: 'bob@example.test', ...by },
      { action: 'account.setup', target: 'bob@example.test' },
      { action: 'members.set-role', ...by },
      { action: 'account.disable', ...by },
      { action: 'tokens.create', target: credentialId, ...by },
      { action: 'tokens.revoke', target: credentialId, ...by },
    ])
  })

  it('keeps nobody who signs in though they are disabled', async () => {
    verifies('audit.log', 'account.signin')
    await sent('/sign-in', { email: 'bob@example.test', password: PASSWORD }, { origin: site('') })
    expect(await lines()).toEqual(['account.sign-in SIGN_IN_REFUSED'])
  })

  it('holds no secret, and always says who, or from where', async () => {
    verifies('audit.log', 'token.storage')
    const text = JSON.stringify(all)
    expect(secrets.length).toBeGreaterThan(20)
    for (const secret of secrets) expect(text).not.toContain(secret)
    for (const { action, userId, credentialId, agent, details = {} } of all) {
      const who = userId ?? credentialId ?? agent ?? details['by'] ?? details['address']
      expect([action, typeof who]).toEqual([action, 'string'])
    }
  })
})
