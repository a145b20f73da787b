/** Proves that all that clients get from the OAuth server, and are refused, is in the audit trail: once, and without a secret. */
import { type Browser, verifies } from '@towline/testkit'
import * as oc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decide, discoverCli, enterCode, type LoggedIn, logIn, poll, SCOPE, startDevice } from '../oauth/login.ts'
import { ADDRESS, CALLBACK, openTrail, type Trail } from './trail.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'

let trail: Trail
let ada: Browser
let adaId: string
beforeAll(async () => {
  trail = await openTrail()
  ;({ ada, adaId } = await trail.owner())
})
afterAll(() => trail?.system.close())

describe('audit of logins', () => {
  let cli: oc.Configuration
  let login: LoggedIn
  beforeAll(async () => {
    cli = await discoverCli(trail.system)
  })
  const token = (fields: Readonly<Record<string, string>>) =>
    trail.sent('/oauth/token', { client_id: 'towline-cli', ...fields })

  it('keeps codes that are none, what a person allowed and refused, and the tokens that follow', async () => {
    verifies('audit.log')
    await enterCode(ada, trail.site('/device?user_code=BBBB-CCCC'))
    expect(await trail.kept()).toMatchObject([
      { action: 'login.code', decision: 'refused', code: 'NOT_FOUND', userId: adaId },
    ])
    const denied = await startDevice(cli)
    await ada.submit(await enterCode(ada, denied.verification_uri_complete as string), '/interaction/', {
      decision: 'refuse',
    })
    await poll(cli, denied.device_code)
    const [refused, untold, ...none] = await trail.kept()
    expect(refused).toMatchObject({ action: 'login.approve', code: 'APPROVAL_REFUSED', userId: adaId })
    expect(untold).toMatchObject({ action: 'token.issue', code: 'access_denied', agent: 'towline-cli' })
    expect(none).toEqual([])
    const device = await startDevice(cli)
    trail.secrets.push(device.device_code, device.user_code, denied.device_code)
    expect(await poll(cli, device.device_code)).toBe('authorization_pending')
    await decide(ada, await enterCode(ada, device.verification_uri_complete as string), ['tunnels.list'])
    login = { cli, tokens: (await poll(cli, device.device_code)) as oc.TokenEndpointResponse }
    trail.remember(login)
    const [approved, issued, ...more] = await trail.kept()
    const credentialId = approved?.target as string
    expect(credentialId).toMatch(/^crd_/)
    expect(approved).toEqual({
      ...{ at: expect.any(Number), action: 'login.approve', decision: 'allowed', userId: adaId, target: credentialId },
      details: { clientId: 'towline-cli', name: 'workbench', permissions: ['tunnels.list'], address: ADDRESS },
    })
    const who = { userId: adaId, credentialId, target: credentialId, agent: 'towline-cli' }
    const issue = { at: expect.any(Number), action: 'token.issue', decision: 'allowed' }
    expect([issued, more]).toEqual([{ ...issue, ...who, details: { address: ADDRESS } }, []])
  })

  it('keeps a refresh, and the end of the family when a token comes twice', async () => {
    verifies('audit.log')
    const first = login.tokens.refresh_token as string
    const tokens = await oc.refreshTokenGrant(cli, first)
    trail.remember({ cli, tokens })
    expect(await trail.kept()).toMatchObject([
      { action: 'token.refresh', decision: 'allowed', userId: adaId, agent: 'towline-cli' },
    ])
    await oc.refreshTokenGrant(cli, first).catch(() => undefined)
    const records = (await trail.kept()).toSorted((one, other) => (one.action < other.action ? -1 : 1))
    expect(records).toMatchObject([
      { action: 'login.end', decision: 'allowed', userId: adaId, details: { cause: 'used twice' } },
      { action: 'token.refresh', decision: 'refused', code: 'invalid_grant', userId: adaId },
    ])
    expect(records).toHaveLength(2)
    await token({ grant_type: 'refresh_token', refresh_token: 'nobody knows it' })
    await token({ grant_type: 'constructor' })
    expect(await trail.lines()).toEqual(['token.refresh invalid_grant', 'token.issue unsupported_grant_type'])
  })

  it('keeps clients that register, the codes they get and those they are refused', async () => {
    verifies('audit.log')
    await trail.register({ client_name: 'An agent', redirect_uris: ['https://elsewhere.test/'] })
    const { client_id } = await trail.register({ client_name: 'An agent', redirect_uris: [CALLBACK] })
    expect(await trail.kept()).toMatchObject([
      { action: 'client.register', decision: 'refused', code: 'invalid_redirect_uri' },
      { action: 'client.register', decision: 'allowed', target: client_id, agent: 'An agent' },
    ])
    const client = await discoverCli(trail.system, client_id)
    const verifier = oc.randomPKCECodeVerifier()
    const url = oc.buildAuthorizationUrl(client, {
      ...{ redirect_uri: CALLBACK, scope: 'mcp', resource: trail.site('/api/mcp') },
      ...{ code_challenge: await oc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
    })
    const callback = new URL((await decide(ada, await ada.open(url.href))).url)
    trail.secrets.push(verifier, callback.searchParams.get('code') as string)
    await oc.authorizationCodeGrant(client, callback, { pkceCodeVerifier: 'x'.repeat(43) }).catch(() => undefined)
    expect(await trail.lines()).toEqual(['login.approve allowed', 'token.issue invalid_grant'])
    trail.remember({
      cli: client,
      tokens: await oc.authorizationCodeGrant(client, callback, { pkceCodeVerifier: verifier }),
    })
    const [issued, ...none] = await trail.kept()
    expect([issued?.action, issued?.agent, issued?.userId, none]).toEqual(['token.issue', client_id, adaId, []])
  })

  it('keeps tokens that are exchanged, and by whom', async () => {
    verifies('audit.log')
    login = await logIn(trail.system, ada, undefined, `${SCOPE} tokens.create`)
    trail.remember(login)
    const [approved] = await trail.kept()
    const exchange = async (subject_token: string, more: Readonly<Record<string, string>> = {}) => {
      const asked = { grant_type: EXCHANGE, subject_token_type: ACCESS_TOKEN, subject_token, scope: 'tunnels.list' }
      const answer = await token({ ...asked, ...more })
      const { access_token } = (await answer.json()) as { access_token?: string }
      if (access_token !== undefined) trail.secrets.push(access_token)
    }
    trail.secrets.push(trail.system.token, 'x'.repeat(43))
    await exchange(login.tokens.access_token)
    await exchange(trail.system.token)
    await exchange('x'.repeat(43))
    await exchange(login.tokens.access_token, { scope: 'tunnels.cut' })
    await exchange('e.y.z', { subject_token_type: JWT })
    const who = { agent: 'towline-cli', target: expect.stringMatching(/^crd_/) }
    expect(await trail.kept()).toMatchObject([
      { action: 'token.exchange', decision: 'allowed', ...who, userId: adaId, credentialId: approved?.target },
      { action: 'token.exchange', decision: 'allowed', ...who, projectId: trail.system.projectId },
      { action: 'token.exchange', decision: 'refused', code: 'invalid_grant' },
      { action: 'token.exchange', decision: 'refused', code: 'invalid_scope' },
      { action: 'token.exchange', decision: 'refused', code: 'invalid_grant' },
    ])
  })

  it('keeps logins that end, and who could not end one', async () => {
    verifies('audit.log')
    const other = await trail.register({ redirect_uris: [CALLBACK] })
    await trail.kept()
    const revoke = (client_id: string, value: string) => trail.sent('/oauth/revoke', { client_id, token: value })
    await revoke('towline-cli', 'y'.repeat(43))
    await revoke(other.client_id, login.tokens.access_token)
    await revoke('towline-cli', login.tokens.access_token)
    const [refused, ended, ...none] = await trail.kept()
    expect(refused).toMatchObject({ action: 'login.end', code: 'FORBIDDEN', agent: other.client_id, userId: adaId })
    const cause = { cause: 'revoked', address: ADDRESS }
    expect(ended).toMatchObject({
      action: 'login.end',
      decision: 'allowed',
      agent: 'towline-cli',
      userId: adaId,
      details: cause,
    })
    expect(none).toEqual([])
    trail.remember(await logIn(trail.system, ada))
    const [approved] = await trail.kept()
    const page = await ada.open(trail.site('/account'))
    await ada.submit(page, '/account/logins/end', { id: approved?.target as string })
    expect(await trail.kept()).toMatchObject([
      { action: 'login.end', decision: 'allowed', userId: adaId, target: approved?.target },
    ])
  })

  it('holds no secret, and always says who, or from where', () => {
    verifies('audit.log', 'token.storage')
    trail.judge()
  })
})
