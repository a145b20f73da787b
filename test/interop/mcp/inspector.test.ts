/**
 * Judges logins for the hosted MCP endpoint by the inspector of the protocol: it finds the authorization server by itself,
 * registers, and a person allows it in a browser that holds pages to their policy.
 */
import { verifies } from '@towline/testkit/verifies'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, openBrowser } from '../browser.ts'
import { folder, freePort } from '../processes.ts'
import { openTowline, type Towline } from '../towline.ts'
import { inspector, inspectorLogin } from './judges.ts'

const WHOAMI = ['--method', 'tools/call', '--tool-name', 'towline_whoami'] as const
const LIST = ['--method', 'tools/list'] as const

describe('interop mcp inspector login', () => {
  let towline: Towline
  let browser: Browser
  let page: Page
  let url: string
  beforeAll(async () => {
    ;[towline, browser] = await Promise.all([openTowline(), openBrowser()])
    url = `${towline.siteUrl}/api/mcp`
    page = await browser.context.newPage()
    await page.goto(towline.setupUrl)
    await page.fill('#email', 'ada@example.test')
    await page.fill('#name', 'Ada')
    await page.fill('#password', 'correct horse battery')
    await page.click('button[type=submit]')
    await page.waitForURL(`${towline.siteUrl}/account`)
  })
  afterAll(async () => {
    await browser?.close()
    await towline?.close()
  })

  describe.each(['modern', 'legacy'])('%s', (era) => {
    const home = folder('inspector')
    afterAll(() => home.remove())

    /** By what it keeps in its home, and never asking a person. */
    const inspect = async (...words: readonly string[]) => {
      const more = ['--protocol-era', era, '--stored-auth-only', '--format', 'json']
      const { status, stdout, stderr } = await inspector([url, ...words, ...more], home.path)
      return status === 0
        ? JSON.parse(stdout).result
        : JSON.parse(stderr.trimEnd().split('\n').at(-1) as string).error.code
    }

    it('refuses what needs a login until there is one', async () => {
      verifies('hosted-mcp.bearer')
      expect(await inspect(...WHOAMI)).toBe('auth_required')
    })

    it('logs in by code and PKCE as a client that nobody knew, and calls the tool it was asked for', async () => {
      verifies('oauth.pkce', 'oauth.metadata', 'hosted-mcp.bearer')
      const callback = `http://127.0.0.1:${await freePort()}/oauth/callback`
      const words = [url, ...WHOAMI, '--protocol-era', era, '--callback-url', callback]
      const login = inspectorLogin(words, home.path)
      const [address] = await login.said(/http:\/\/localhost:\d+\/oauth\/authorize[^\s\u0007\u001b]+/)
      expect(Object.fromEntries(new URL(address).searchParams)).toMatchObject({
        code_challenge_method: 'S256',
        redirect_uri: callback,
        resource: url,
      })
      await page.goto(address)
      expect(await page.textContent('main')).toContain('MCP Inspector')
      await page.uncheck('input[value="members.manage"]')
      await page.click('button[value=allow]')
      await page.waitForURL(`${callback}?*`)
      expect([await login.ended(), login.output()]).toEqual([0, expect.stringContaining('ada@example.test')])
    })

    it('lists tools by that login later, which holds what was ticked', async () => {
      verifies('oauth.approve', 'hosted-mcp.tools')
      const { tools } = await inspect(...LIST)
      expect(tools.map(({ name }: { readonly name: string }) => name)).toContain('towline_project_list')
      const { structuredContent } = await inspect(...WHOAMI)
      expect(structuredContent).toMatchObject({ kind: 'login', user: { email: 'ada@example.test' } })
      expect(structuredContent.permissions).toContain('members.read')
      expect(structuredContent.permissions).not.toContain('members.manage')
    })
  })
})
