/** Proves the authorization code grant with PKCE, registration and resource indicators, as clients of MCP use them. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, openBrowser, openSystem, type System, verifies } from '@towline/testkit'
import * as oc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, decide, wordsOf } from './login.ts'

const CALLBACK = 'http://127.0.0.1:39999/callback'
const isCallback = (url: string): boolean => url.startsWith(CALLBACK)

describe('oauth code', () => {
  let system: System
  let ada: Browser
  beforeAll(async () => {
    system = await openSystem({ limits: { clientsPerMinute: 100 } })
    ada = await becomeOwner(system, { browser: openBrowser(isCallback) })
  })
  afterAll(() => system?.close())

  const register = async (metadata: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await fetch(`${system.site.publicUrl}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(metadata),
    })
    return { status: answer.status, ...((await answer.json()) as object) }
  }

  const start = async (parameters: Readonly<Record<string, string>> = {}) => {
    const metadata = { client_name: 'An agent', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' }
    const client = await oc.dynamicClientRegistration(new URL(system.site.publicUrl), metadata, oc.None(), {
      algorithm: 'oauth2',
      execute: [oc.allowInsecureRequests],
    })
    const verifier = oc.randomPKCECodeVerifier()
    const url = oc.buildAuthorizationUrl(client, {
      redirect_uri: CALLBACK,
      code_challenge: await oc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: 'of-this-test',
      resource: `${system.site.publicUrl}/api/mcp`,
      ...parameters,
    })
    const take = (answer: string, checks: Readonly<Record<string, string>> = {}) =>
      oc.authorizationCodeGrant(client, new URL(answer), {
        pkceCodeVerifier: verifier,
        expectedState: 'of-this-test',
        ...checks,
      })
    return { client, url: url.href, take }
  }

  it('refuses redirects that lead away from the machine of whoever approves', async () => {
    verifies('oauth.pkce')
    for (const uri of [
      'https://elsewhere.test/cb',
      'http://elsewhere.test/cb',
      'http://127.0.0.1.elsewhere.test/cb',
      'app://cb',
    ]) {
      for (const application_type of ['native', 'web']) {
        expect(await register({ redirect_uris: [uri], application_type }), uri).toMatchObject({
          status: 400,
          error: 'invalid_redirect_uri',
        })
      }
    }
    expect(
      await register({ redirect_uris: [CALLBACK], token_endpoint_auth_method: 'client_secret_basic' }),
    ).toMatchObject({
      status: 400,
      error: 'invalid_client_metadata',
    })
  })

  it('refuses a request without PKCE, for a foreign resource or another redirect, each where it is safe to tell', async () => {
    verifies('oauth.pkce')
    const { url } = await start()
    const change = (name: string, value: string): string => {
      const changed = new URL(url)
      changed.searchParams.set(name, value)
      return changed.href
    }
    const without = (...names: readonly string[]): string => {
      const changed = new URL(url)
      for (const name of names) changed.searchParams.delete(name)
      return changed.href
    }
    const told = async (asked: string) => {
      const page = await ada.open(asked)
      return isCallback(page.url) ? new URL(page.url).searchParams.get('error') : page.status
    }
    expect(await told(without('code_challenge', 'code_challenge_method'))).toBe('invalid_request')
    expect(await told(without('code_challenge'))).toBe('invalid_request')
    expect(await told(change('code_challenge_method', 'plain'))).toBe('invalid_request')
    expect(await told(change('resource', 'https://elsewhere.test/api/mcp'))).toBe('invalid_target')
    expect(await told(change('scope', 'everything'))).toBe('invalid_scope')
    expect(await told(change('redirect_uri', 'http://127.0.0.1:1/other')), 'never sent there').toBe(400)
    expect(await told(change('client_id', 'nobody'))).toBe(400)
  })

  it('refuses a code that is used twice, which ends the login, and one with another verifier', async () => {
    verifies('oauth.pkce')
    const { url, take } = await start()
    const callback = await decide(ada, await ada.open(url))
    const tokens = await take(callback.url)
    await expect(take(callback.url)).rejects.toMatchObject({ error: 'invalid_grant' })
    const verify = system.control.authority.verify(tokens.access_token, { audience: 'mcp' })
    await expect(verify).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const second = await start()
    const other = await decide(ada, await ada.open(second.url))
    await expect(second.take(other.url, { pkceCodeVerifier: 'x'.repeat(43) })).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('tells the client that the person refused', async () => {
    const { url } = await start()
    const page = await ada.submit(await ada.open(url), '/interaction/', { decision: 'refuse' })
    expect(Object.fromEntries(new URL(page.url).searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'of-this-test',
      iss: system.site.publicUrl,
    })
  })

  it('gives a client that names no scope what agents need, for the one resource it named', async () => {
    verifies('oauth.pkce')
    const { url, take } = await start()
    const page = await ada.open(url)
    expect(wordsOf(page)).toMatch(/An agent .*the name it gave itself/)
    const tokens = await take((await decide(ada, page)).url)
    expect(tokens.scope?.split(' ')).toContain('mcp')
    const { authority } = system.control
    expect(await authority.verify(tokens.access_token, { audience: 'mcp' })).toMatchObject({ projectSlug: 'dev' })
    for (const audience of ['root', 'api', 'engine'] as const) {
      await expect(authority.verify(tokens.access_token, { audience })).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
      })
    }
  })

  it('lets the page of an approval lead to the address of its client, and nowhere else', async () => {
    const { url } = await start()
    const policy = (await ada.open(url)).headers.get('content-security-policy')
    expect(policy).toContain("form-action 'self' http://127.0.0.1:39999")
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
  })

  it('gives a client that registers itself no secret, and takes no more of it than fits', async () => {
    const told = await register({ redirect_uris: [CALLBACK], client_name: 'An agent' })
    expect(told).toMatchObject({ status: 201, token_endpoint_auth_method: 'none' })
    expect(Object.keys(told).filter((key) => key.includes('secret'))).toEqual([])
    const many = Array.from({ length: 200 }, (_, port) => `http://127.0.0.1:${port + 1}/callback`)
    for (const long of [{ client_name: 'x'.repeat(5_000) }, { redirect_uris: many }]) {
      expect(await register({ redirect_uris: [CALLBACK], ...long })).toMatchObject({
        status: 400,
        error: 'invalid_client_metadata',
      })
    }
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    for (const key of ['contacts', 'redirect_uris', 'client_name']) {
      const answer = await fetch(`${system.site.publicUrl}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"redirect_uris":["${CALLBACK}"],"${key}":${deep}}`,
      })
      expect([key, answer.status, await answer.json()]).toMatchObject([key, 400, { error: 'invalid_client_metadata' }])
    }
    expect(await system.everythingStored()).not.toContain('client_secret')
  })

  it('refuses device codes by the dozen', async () => {
    await using busy = await openSystem({ limits: { deviceCodesPerMinute: 2 } })
    const ask = async () => {
      const body = new URLSearchParams({ client_id: 'towline-cli', scope: 'tunnels.list' })
      return (await fetch(`${busy.site.publicUrl}/oauth/device`, { method: 'POST', body })).status
    }
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429])
  })

  it('refuses registrations by the dozen', async () => {
    await using busy = await openSystem({ limits: { clientsPerMinute: 2 } })
    const url = `${busy.site.publicUrl}/oauth/register`
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ redirect_uris: [CALLBACK] })
    const answers = []
    for (let count = 0; count < 3; count++) answers.push(await fetch(url, { method: 'POST', headers, body }))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 429])
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await answers[2]?.json()).toMatchObject({ error: 'temporarily_unavailable' })
  })

  it('fetches no client-id document that a client names', async () => {
    let asked = 0
    const server: Server = createServer((_request, response) => {
      asked++
      response.end('{}')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const { url } = await start()
    const changed = new URL(url)
    changed.searchParams.set('client_id', `http://127.0.0.1:${port}/client.json`)
    expect((await ada.open(changed.href)).status).toBe(400)
    server.close()
    expect(asked).toBe(0)
  })
})
