/** Proves what a person does in a real browser: becoming the owner, a passkey, approving a device, on a phone's width, without a script or style that is not ours. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { verifies } from '@towline/testkit/verifies'
import * as oc from 'openid-client'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from './browser.ts'
import { openTowline, type Towline } from './towline.ts'

const PASSWORD = 'correct horse battery'

describe('interop accounts', () => {
  let towline: Towline
  let browser: Browser
  let page: Page
  /** What the browser complained of, such as something the policy forbids. */
  const complaints: string[] = []
  beforeAll(async () => {
    ;[towline, browser] = await Promise.all([openTowline(), openBrowser()])
    page = await browser.context.newPage()
    await page.setViewportSize({ width: 360, height: 740 })
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterAll(async () => {
    await browser?.close()
    await towline?.close()
  })

  const fitsPhone = async (): Promise<void> => {
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), page.url()).toBe(true)
  }

  it('makes the owner by the one-time link, once', async () => {
    verifies('account.first-run')
    await page.goto(towline.setupUrl)
    await fitsPhone()
    await page.fill('#email', 'ada@example.test')
    await page.fill('#name', 'Ada')
    await page.fill('#password', PASSWORD)
    await page.click('button[type=submit]')
    await page.waitForURL(`${towline.siteUrl}/account`)
    await fitsPhone()
    expect((await page.goto(towline.setupUrl))?.status()).toBe(404)
    complaints.length = 0
  })

  it('adds a passkey, and signs in by it', async () => {
    verifies('account.signin')
    const session = await browser.context.newCDPSession(page)
    await session.send('WebAuthn.enable')
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
    } as const
    const keys = { ...options, isUserVerified: true, automaticPresenceSimulation: true }
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options: keys })
    await page.goto(`${towline.siteUrl}/account`)
    await Promise.all([page.waitForEvent('load'), page.click('#passkey-add')])
    const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId })
    expect(credentials).toHaveLength(1)
    await page.click('form[action="/sign-out"] button')
    await page.waitForURL('**/sign-in')
    await page.goto(`${towline.siteUrl}/account`)
    expect(page.url()).toContain('/sign-in?return_to=')
    await page.click('#passkey-sign-in')
    await page.waitForURL(`${towline.siteUrl}/account`)
    expect(await page.textContent('main')).toContain('Signed in as Ada')
  })

  it('approves a device, with one permission unticked', async () => {
    verifies('oauth.device', 'oauth.approve')
    const cli = await oc.discovery(new URL(towline.siteUrl), 'towline-cli', undefined, oc.None(), {
      algorithm: 'oauth2',
      execute: [oc.allowInsecureRequests],
    })
    const scope = 'tunnels.list tunnels.create tunnels.connect'
    const device = await oc.initiateDeviceAuthorization(cli, { scope, towline_device: 'the workbench' })
    const granted = oc.pollDeviceAuthorizationGrant(cli, device)
    await page.goto(device.verification_uri_complete as string)
    await fitsPhone()
    expect(await page.inputValue('#user_code')).toBe(device.user_code)
    await page.click('button[type=submit]')
    await page.waitForURL('**/interaction/*')
    await fitsPhone()
    const text = (await page.textContent('main')) as string
    for (const shown of ['Towline command line', 'the workbench', '127.0.0.1', 'Host tunnels'])
      expect(text).toContain(shown)
    await page.uncheck('input[value="tunnels.create"]')
    await page.click('button[value=allow]')
    await page.waitForSelector('text=You can close this page')
    expect((await granted).scope?.split(' ').toSorted()).toEqual(['tunnels.connect', 'tunnels.list'])
  })

  it('brings the person back to the address of a client that registered itself', async () => {
    verifies('oauth.pkce')
    const server = createServer((_request, response) => response.end('back at the client'))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const redirect_uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
    const metadata = { client_name: 'An agent', redirect_uris: [redirect_uri], token_endpoint_auth_method: 'none' }
    const client = await oc.dynamicClientRegistration(new URL(towline.siteUrl), metadata, oc.None(), {
      algorithm: 'oauth2',
      execute: [oc.allowInsecureRequests],
    })
    const pkceCodeVerifier = oc.randomPKCECodeVerifier()
    const code_challenge = await oc.calculatePKCECodeChallenge(pkceCodeVerifier)
    const asked = { redirect_uri, code_challenge, code_challenge_method: 'S256', scope: 'tunnels.list' }
    await page.goto(oc.buildAuthorizationUrl(client, asked).href)
    await page.click('button[value=allow]')
    await page.waitForURL(`${redirect_uri}?*`)
    const tokens = await oc.authorizationCodeGrant(client, new URL(page.url()), { pkceCodeVerifier })
    expect(tokens.scope).toBe('tunnels.list')
    server.close()
  })

  it('loaded nothing that the strictest policy forbids', () => {
    expect(complaints).toEqual([])
  })
})
