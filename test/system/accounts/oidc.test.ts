/** Proves signing in with an OpenID Connect provider: only people who were let in, by an address the provider has verified. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openBrowser, openSystem, type System, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { becomeOwner, invite, wordsOf } from '../oauth/login.ts'

describe('accounts: signing in with a provider', () => {
  let server: Server
  let system: System
  beforeAll(async () => {
    for (const method of ['warn', 'info'] as const) vi.spyOn(console, method).mockReturnValue()
    const { Provider } = await import('oidc-provider')
    server = createServer((request, response) => provider.callback()(request, response))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const settings = { id: 'idp', name: 'Our IdP', clientId: 'towline', clientSecret: 'a secret of the test' }
    const discoveryUrl = `${issuer}/.well-known/openid-configuration`
    system = await openSystem({ site: { providers: [{ ...settings, discoveryUrl }] } })
    const redirect_uris = [`${system.site.publicUrl}/api/auth/callback/idp`]
    const { clientId: client_id, clientSecret: client_secret } = settings
    const provider = new Provider(issuer, {
      clients: [{ client_id, client_secret, redirect_uris }],
      claims: { email: ['email', 'email_verified'], profile: ['name'] },
      cookies: { keys: ['of the test'] },
      // Whoever logs in there as "x" is x@example.test; names with "un" have not proven their address.
      findAccount: (_context, accountId) => ({
        accountId,
        claims: () => ({
          sub: accountId,
          email: `${accountId}@example.test`,
          email_verified: !accountId.startsWith('un'),
          name: accountId,
        }),
      }),
    })
    await becomeOwner(system)
    for (const name of ['bob', 'unproven']) {
      await system.site.inviteUrl({ email: `${name}@example.test`, name, role: 'member', workspaceId: 'wsp_first' })
    }
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await system?.close()
    server?.close()
  })

  const signInAs = async (name: string) => {
    const browser = openBrowser()
    const page = await browser.open(`${system.site.publicUrl}/sign-in`)
    const login = await browser.submit(page, '/sign-in/with')
    const consent = await browser.submit(login, '/interaction/', { login: name, password: 'any' })
    return browser.submit(consent, '/interaction/')
  }

  it('refuses a stranger, and an address that the provider has not verified', async () => {
    verifies('account.signin')
    await invite(system, 'unlinked@example.test', 'member')
    for (const name of ['stranger', 'unproven', 'unlinked']) {
      const page = await signInAs(name)
      expect(page.url, name).toContain('/sign-in?error=')
      expect(wordsOf(page)).toContain('do not fit together')
    }
  })

  it('lets in a person who was invited, as that very person', async () => {
    verifies('account.signin')
    expect(wordsOf(await signInAs('bob'))).toContain('Signed in as bob (bob@example.test).')
    expect(wordsOf(await signInAs('bob')), 'a second time').toContain('Signed in as bob')
  })

  it('lets in the owner, who has a password already', async () => {
    verifies('account.signin')
    expect(wordsOf(await signInAs('ada'))).toContain('Signed in as Ada (ada@example.test).')
  })
})
