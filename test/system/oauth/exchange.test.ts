/** Proves token exchange (RFC 8693): what it narrows, what it refuses, and which CI jobs a rule lets in. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, openSystem, type System, verifies } from '@towline/testkit'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, type LoggedIn, logIn } from './login.ts'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'

interface Answer {
  readonly status: number
  readonly error?: string
  readonly access_token: string
  readonly scope: string
  readonly expires_in: number
}

describe('oauth exchange', () => {
  let issuer: Server
  let issuerUrl: string
  let sign: (claims: Readonly<Record<string, unknown>>, by?: 'stranger') => Promise<string>
  let system: System
  let ada: Browser
  let login: LoggedIn
  beforeAll(async () => {
    const [own, stranger] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'RS256' }] })
    issuer = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(keys))
    await new Promise<void>((done) => issuer.listen(0, '127.0.0.1', done))
    issuerUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`
    const claims = { repository_id: '42', environment: 'release' }
    const rule = { issuer: issuerUrl, claims, project: 'dev', permissions: ['tunnels.list', 'tunnels.create'] }
    system = await openSystem({ site: { trust: [rule], api: { domain: 'localhost' } } })
    ada = await becomeOwner(system)
    sign = (more, by) =>
      new SignJWT({ sub: 'repo:a/b', ...claims, iss: issuerUrl, aud: system.site.publicUrl, ...more })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setExpirationTime('5m')
        .sign(by === 'stranger' ? stranger.privateKey : own.privateKey)
    login = await logIn(system, ada, undefined, 'tunnels.list tunnels.create tokens.create')
  })
  afterAll(async () => {
    await system?.close()
    issuer?.close()
  })

  const exchange = async (parameters: Readonly<Record<string, string>>): Promise<Answer> => {
    const answer = await fetch(`${system.site.publicUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: 'towline-cli',
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token_type: ACCESS_TOKEN,
        ...parameters,
      }),
    })
    return { status: answer.status, ...((await answer.json()) as object) } as Answer
  }
  const rights = async (token: string) => (await system.control.authority.verify(token, { project: 'dev' })).permissions

  it('refuses tokens that are unknown, kinds of tokens it does not know, and rights that are not held', async () => {
    verifies('oauth.exchange')
    const subject_token = login.tokens.access_token
    expect(await exchange({ subject_token: 'x'.repeat(43) })).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect(await exchange({ subject_token: `tow_${'x'.repeat(60)}` })).toMatchObject({
      status: 400,
      error: 'invalid_grant',
    })
    expect(await exchange({})).toMatchObject({ status: 400, error: 'invalid_request' })
    expect(await exchange({ subject_token, subject_token_type: 'saml' })).toMatchObject({
      status: 400,
      error: 'invalid_request',
    })
    expect(await exchange({ subject_token, scope: 'tunnels.cut' })).toMatchObject({
      status: 400,
      error: 'invalid_scope',
    })
    const resource = `${system.site.publicUrl}/api/mcp`
    expect(await exchange({ subject_token, resource })).toMatchObject({ status: 400, error: 'invalid_target' })
    const plain = await logIn(system, ada, ['tunnels.list'])
    expect(await exchange({ subject_token: plain.tokens.access_token })).toMatchObject({
      status: 400,
      error: 'invalid_scope',
    })
  })

  it('narrows a login: fewer rights, a shorter life, and an end of its own that leaves the login alone', async () => {
    verifies('oauth.exchange')
    const narrow = await exchange({ subject_token: login.tokens.access_token, scope: 'tunnels.list tunnels.cut' })
    expect(narrow).toMatchObject({
      status: 200,
      scope: 'tunnels.list',
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
    })
    expect(narrow.expires_in).toBeLessThanOrEqual(3600)
    expect(await rights(narrow.access_token)).toEqual(['tunnels.list'])
    const body = new URLSearchParams({ client_id: 'towline-cli', token: narrow.access_token })
    await fetch(`${system.site.publicUrl}/oauth/revoke`, { method: 'POST', body })
    await expect(rights(narrow.access_token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(await rights(login.tokens.access_token)).toContain('tokens.create')
  })

  it('narrows the token of a project', async () => {
    verifies('oauth.exchange')
    const narrow = await exchange({ subject_token: system.token, scope: 'tunnels.list' })
    expect(narrow).toMatchObject({ status: 200, scope: 'tunnels.list' })
    expect(await rights(narrow.access_token)).toEqual(['tunnels.list'])
  })

  it('ends what was narrowed when the login ends', async () => {
    verifies('oauth.exchange', 'oauth.revoke')
    const first = await logIn(system, ada, undefined, 'tunnels.list tokens.create')
    const narrow = await exchange({ subject_token: first.tokens.access_token })
    const minted = await system.control.authority.mint(
      await system.control.authority.verify(narrow.access_token, { project: 'dev' }),
      { permissions: ['tunnels.list'], ttlSeconds: 60 },
    )
    expect(await rights(minted.token)).toEqual(['tunnels.list'])
    const { credentialId } = await system.control.authority.verify(first.tokens.access_token)
    await system.control.revoke(credentialId)
    for (const token of [narrow.access_token, minted.token]) {
      await expect(rights(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    }
  })

  it('refuses jobs that no rule trusts, all in the same words', async () => {
    verifies('oauth.exchange')
    const job = (jwt: string) => exchange({ subject_token: jwt, subject_token_type: JWT })
    const tokens = await Promise.all([
      sign({ repository_id: '43' }),
      sign({ environment: undefined }),
      sign({ aud: 'https://elsewhere.test' }),
      sign({ iss: 'https://elsewhere.test' }),
      sign({}, 'stranger'),
    ])
    const answers = await Promise.all([...tokens, 'no jwt', system.token].map(job))
    expect(new Set(answers.map(({ status, error }) => `${status} ${error}`))).toEqual(new Set(['400 invalid_grant']))
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1)
  })

  it('lets a job in for what its rule allows, no longer than its own token lives', async () => {
    verifies('oauth.exchange')
    const job = await exchange({
      subject_token: await sign({}),
      subject_token_type: JWT,
      scope: 'tunnels.create tunnels.cut',
    })
    expect(job).toMatchObject({ status: 200, scope: 'tunnels.create' })
    expect(job.expires_in).toBeLessThanOrEqual(300)
    expect(await rights(job.access_token)).toEqual(['tunnels.create'])
  })

  it('keeps jobs and tokens of a project to the longest life that the project allows', async () => {
    verifies('oauth.exchange', 'project.settings')
    const set = async (maxTokenSeconds: number | null): Promise<void> => {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ maxTokenSeconds })
      expect((await system.api('/api/projects/dev/settings', { method: 'PATCH', headers, body })).status).toBe(200)
    }
    await set(60)
    const job = await exchange({ subject_token: await sign({}), subject_token_type: JWT })
    const own = await exchange({ subject_token: system.token })
    expect([job.expires_in, own.expires_in].every((seconds) => seconds > 50 && seconds <= 60)).toBe(true)
    await set(null)
  })
})
