/** Owns the steps of a login that the tests of the OAuth server share: an owner, a client, and a person who decides. */
import { type Browser, type BrowserPage, openBrowser, type System, type Up } from '@towline/testkit'
import type { Role } from '@towline/protocol'
import * as oc from 'openid-client'
import { vi } from 'vitest'

export const PASSWORD = 'correct horse battery'
const ADA = { email: 'ada@example.test', name: 'Ada', password: PASSWORD }

/** Uses the first link of the system. */
export const becomeOwner = async (system: System, { browser = openBrowser() } = {}): Promise<Browser> => {
  const page = await browser.open((await system.site.setupUrl()) as string)
  await browser.submit(page, '/setup/', ADA)
  return browser
}

/** Uses the first link that `towline up` printed. */
export const becomeOwnerOf = async (up: Up, { browser = openBrowser() } = {}): Promise<Browser> => {
  const ready = up.server.lines.find(({ status }) => status === 'ready')
  const page = await browser.open(String(ready?.['setupUrl']))
  await browser.submit(page, '/setup/', ADA)
  return browser
}

/** The command line's client, as it finds the server by its address. */
export const discoverCli = (system: System, clientId = 'towline-cli'): Promise<oc.Configuration> =>
  oc.discovery(new URL(system.site.publicUrl), clientId, undefined, oc.None(), {
    algorithm: 'oauth2',
    execute: [oc.allowInsecureRequests],
  })

export const SCOPE = 'tunnels.list tunnels.create tunnels.connect'

export const startDevice = (cli: oc.Configuration, more: Readonly<Record<string, string>> = {}) =>
  oc.initiateDeviceAuthorization(cli, { scope: SCOPE, towline_device: 'workbench', ...more })

/** As far as the page that asks for the permissions. */
export const enterCode = async (browser: Browser, uri: string): Promise<BrowserPage> =>
  browser.submit(await browser.open(uri), '/device')

export const decide = (browser: Browser, page: BrowserPage, permission?: readonly string[]): Promise<BrowserPage> =>
  browser.submit(page, '/interaction/', { decision: 'allow', ...(permission && { permission }) })

/** One poll: the tokens, or the error code. */
export const poll = async (cli: oc.Configuration, deviceCode: string) => {
  try {
    const grant = 'urn:ietf:params:oauth:grant-type:device_code'
    return await oc.genericGrantRequest(cli, grant, { device_code: deviceCode })
  } catch (error) {
    return (error as { error?: string }).error ?? String(error)
  }
}

/** What a client has after a login. */
export interface LoggedIn {
  readonly cli: oc.Configuration
  readonly tokens: oc.TokenEndpointResponse
}

/** A whole login. */
export const logIn = async (
  system: System,
  browser: Browser,
  permission?: readonly string[],
  scope = SCOPE,
): Promise<LoggedIn> => {
  const cli = await discoverCli(system)
  const device = await startDevice(cli, { scope })
  const page = await decide(browser, await enterCode(browser, device.verification_uri_complete as string), permission)
  const tokens = await poll(cli, device.device_code)
  if (typeof tokens === 'string') throw new Error(`${tokens}: ${page.text}`)
  return { cli, tokens }
}

/** Another person of the owner's workspace, signed in. */
export const invite = async (system: System, email: string, role: Role = 'owner'): Promise<Browser> => {
  const browser = openBrowser()
  const page = await browser.open(await system.site.inviteUrl({ email, name: email, role, workspaceId: 'wsp_first' }))
  await browser.submit(page, '/setup/', { password: PASSWORD })
  return browser
}

/** A clock that only the test moves, for us and for the libraries alike; timers run as ever. */
export const openClock = () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  return {
    now: () => Date.now(),
    advance: (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000),
    restore: () => void vi.useRealTimers(),
  }
}

/** What a person reads on a page. */
export const wordsOf = ({ text }: BrowserPage): string => text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
