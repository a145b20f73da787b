/** Proves what a person at a terminal sees and is asked during a login: page, browser, authority, hostile words. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { eventually, verifies } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testIo } from '../../test/test-io.ts'
import { runCli } from '../run-cli.ts'
import { openBrowser } from './browser.ts'
import { confirmAuthority } from './confirm-authority.ts'
import { wantedPermissions } from '@towline/operations'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-login-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** An authorization server that approves at the first poll. */
const serveLogin = async (device: Readonly<Record<string, unknown>> = {}) => {
  const asked: Record<string, Record<string, string>> = {}
  const server = createServer((request, response) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const answers: Readonly<Record<string, unknown>> = {
      '/.well-known/oauth-authorization-server': {
        ...{ issuer: url, token_endpoint: `${url}/token`, device_authorization_endpoint: `${url}/device` },
      },
      '/device': {
        ...{
          device_code: 'device',
          user_code: 'ABCD-EFGH',
          verification_uri: `${url}/enter`,
          expires_in: 60,
          interval: 0.01,
        },
        ...device,
      },
      '/token': {
        ...{ access_token: 'access-access', refresh_token: 'refresh-refresh', token_type: 'Bearer', expires_in: 60 },
        scope: 'tunnels.list',
      },
    }
    let text = ''
    request.on('data', (part: Buffer) => (text += part.toString()))
    request.on('end', () => {
      const path = request.url ?? ''
      asked[path] = Object.fromEntries(new URLSearchParams(text))
      const answer = answers[path]
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer ?? {}))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { url, asked, [Symbol.dispose]: close }
}

const cli = async (argv: readonly string[], more: { env?: Record<string, string>; tty?: boolean } = {}) => {
  const test = testIo({ env: { TOWLINE_HOME: home, NO_COLOR: '1', ...more.env }, tty: more.tty ?? false })
  const exit = await runCli(test.io, argv)
  await new Promise((done) => setImmediate(done))
  return { exit, stdout: test.stdout(), stderr: test.stderr() }
}

describe('login: a hostile server', () => {
  it.each(['file:///etc/passwd', 'javascript:alert(1)', 'https://elsewhere.test/device', 'x'])(
    'login: opens no page at %s',
    async (verification_uri) => {
      using server = await serveLogin({ verification_uri })
      const opened = join(home, 'opened')
      const script = join(home, 'browser')
      writeFileSync(script, `#!/bin/sh\necho "$1" > ${opened}\n`, { mode: 0o755 })
      const ended = await cli(['login', server.url], { env: { BROWSER: script }, tty: true })
      expect([ended.exit, ended.stderr]).toEqual([6, expect.stringContaining('NOT_TOWLINE')])
      expect([existsSync(opened), existsSync(join(home, 'contexts.json'))]).toEqual([false, false])
    },
  )

  it('login: shows a code with control characters as text', async () => {
    using server = await serveLogin({ user_code: 'A\u001b[2J' })
    const { stdout } = await cli(['login', server.url])
    expect(stdout).not.toContain('\u001b')
  })
})

describe('login: a person', () => {
  it('login: shows the page, the code and what was allowed, and asks for the permissions of a workstation', async () => {
    verifies('cli.login', 'oauth.scopes.minimal')
    using server = await serveLogin()
    const { exit, stdout, stderr } = await cli(['login', server.url])
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toMatch(
      /^Open this page, .*\n\n {2}http:\/\/127\.0\.0\.1:\d+\/enter\n\n {2}code {2}ABCD-EFGH\n\nThe code is good until .*\nlogged in {2}http:.*\(context 127\.0\.0\.1\)\nallowed: tunnels\.list\n$/,
    )
    expect(stdout).not.toMatch(/access-access|refresh-refresh/)
    expect(server.asked['/device']).toMatchObject({
      ...{ client_id: 'towline-cli', resource: `${server.url}/api` },
      scope: 'tunnels.list tunnels.create tunnels.connect workspaces.read projects.read',
    })
  })

  it('login: opens the browser of a terminal, and none without a terminal, for JSON or when told not to', async () => {
    verifies('cli.login')
    using server = await serveLogin()
    const opened = join(home, 'opened')
    const script = join(home, 'browser')
    writeFileSync(script, `#!/bin/sh\nprintf %s "$1" > ${opened}.part && mv ${opened}.part ${opened}\n`)
    chmodSync(script, 0o755)
    const env = { BROWSER: script }
    await cli(['login', server.url], { env })
    await cli(['login', server.url, '-o', 'json'], { env, tty: true })
    await cli(['login', server.url, '--no-browser'], { env, tty: true })
    expect(existsSync(opened)).toBe(false)
    expect((await cli(['login', server.url], { env, tty: true })).stdout).toContain('Your browser opens this page')
    await eventually('the page in the browser', () => (existsSync(opened) ? true : undefined))
    expect(readFileSync(opened, 'utf8')).toBe(`${server.url}/enter`)
  })

  it('login: knows no browser over ssh or without a screen', () => {
    expect(
      [{}, { DISPLAY: ':0', SSH_CONNECTION: 'x', PATH: '/usr/bin' }, { DISPLAY: ':0', PATH: home }].map((env) =>
        openBrowser(env, 'x'),
      ),
    ).toEqual([...[false, false, false]])
    expect(openBrowser({ BROWSER: join(home, 'gone') }, 'x')).toBe(true)
  })

  it.each([
    ['yes', true],
    ['y', false],
    ['', false],
  ])('login: takes %j to the question about an authority as %s', async (answer, trusted) => {
    verifies('link.tls-pin')
    const stdin = new PassThrough()
    const { io, stderr } = testIo({ tty: true, stdin })
    const asked = confirmAuthority(io, 'https://x.test')?.({ subject: 'Towline\u001b[2J', fingerprint: 'AB:CD' })
    stdin.write(`${answer}\n`)
    expect(await asked).toBe(trusted)
    expect(stderr()).toContain('SHA-256 AB:CD')
    expect(stderr()).not.toContain('\u001b[2J')
    expect(confirmAuthority(testIo().io, 'https://x.test')).toBeUndefined()
  })

  it('login: reads permissions and use cases, in table order', () => {
    expect(wantedPermissions(['operate,tokens.create', ' tunnels.list'])).toEqual([
      'tunnels.list',
      'tunnels.cut',
      'tokens.create',
    ])
    for (const wrong of ['', 'constructor', 'tunnels.*', 'tunnels.list,,mcp'])
      expect(() => wantedPermissions([wrong])).toThrow('--permissions')
  })
})
