/** Proves what a login and its contexts turn away: each with its code, a next step and an exit status, and nothing is kept. */
import { X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Browser,
  type Ended,
  type Home,
  openHome,
  openHttpService,
  openSystem,
  type Service,
  type System,
  unusedPort,
  verifies,
} from '@towline/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { becomeOwner, enterCode } from '../oauth/login.ts'
import { errorOf, logInBy, QUICK, readStored, startLogin } from './approve.ts'

describe('login refusals', () => {
  let system: System
  let other: System
  let stranger: Service
  let ada: Browser
  let url: string
  const strangerSaw: string[] = []
  beforeAll(async () => {
    ;[system, other, stranger] = await Promise.all([
      openSystem({ limits: QUICK }),
      openSystem({ limits: { ...QUICK, deviceCodeSeconds: 2 } }),
      openHttpService((request, response) => {
        strangerSaw.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`)
        if (request.url?.startsWith('/away') === true) response.writeHead(200).end('{}')
        else response.writeHead(200).end('hello')
      }),
    ])
    ada = await becomeOwner(system)
    url = `http://localhost:${system.port}`
  })
  afterAll(() => Promise.all([system?.close(), other?.close(), stranger?.close()]))

  let home: Home
  beforeEach(() => {
    home = openHome()
  })
  afterEach(() => home.close())

  const contextsFile = (): string => join(home.folder.path, 'contexts.json')

  /** Exit status and code; a refusal always says what to do, on standard error alone. */
  const refused = (ended: Ended): readonly [number | null, string] => {
    const { code, next, message } = errorOf(ended)
    expect(ended.stdout).toBe('')
    expect([message, next]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)])
    return [ended.status, code]
  }
  const tried = async (...words: string[]) => refused(await home.run([...words, '-o', 'json']))

  it.each<readonly [what: string, words: string[], status: number, code: string]>([
    ['no server', ['login'], 2, 'USAGE'],
    ['what is no URL', ['login', 'http://a b'], 2, 'TARGET_INVALID'],
    ['another scheme', ['login', 'ftp://relay.example.com'], 2, 'TARGET_INVALID'],
    ['a password in the URL', ['login', 'https://ada:secret@relay.example.com'], 2, 'TARGET_INVALID'],
    ['a path', ['login', 'https://relay.example.com/login'], 2, 'TARGET_INVALID'],
    ['a name that is not known', ['login', 'https://nobody.invalid'], 6, 'SERVER_UNREACHABLE'],
    ['a name of a context that cannot be one', ['login', 'https://x.test', '--name', 'a b'], 2, 'OPTION_INVALID'],
    ['a project that cannot be one', ['login', 'https://x.test', '--project', 'A_B'], 2, 'NAME_INVALID'],
    ['a permission that is not known', ['login', 'https://x.test', '--permissions', 'all'], 2, 'OPTION_INVALID'],
    ['permissions for a token', ['login', 'https://x.test', '--token-stdin', '--permissions', 'mcp'], 2, 'USAGE'],
    ['a CA file that is not there', ['login', 'https://x.test', '--ca-file', '/nowhere.pem'], 2, 'OPTION_INVALID'],
    ['a fingerprint that is none', ['login', 'https://x.test', '--ca-fingerprint', 'AB:CD'], 2, 'OPTION_INVALID'],
    ['logout without a context', ['logout'], 3, 'CONTEXT_MISSING'],
    ['logout of a context that is not there', ['logout', '--context', 'gone'], 3, 'CONTEXT_MISSING'],
    ['deleting a context that is not there', ['context', 'delete', 'gone'], 3, 'CONTEXT_MISSING'],
    ['using a context that is not there', ['context', 'use', 'gone'], 3, 'CONTEXT_MISSING'],
    ['whoami without a context', ['whoami'], 3, 'CONTEXT_MISSING'],
  ])('refuses %s', async (_what, words, status, code) => {
    verifies('cli.errors')
    expect(await tried(...words)).toEqual([status, code])
    expect(existsSync(contextsFile())).toBe(false)
  })

  it('refuses a port where nothing listens, and a server that is not ours', async () => {
    expect(await tried('login', `http://127.0.0.1:${await unusedPort()}`)).toEqual([6, 'SERVER_UNREACHABLE'])
    expect(await tried('login', `http://127.0.0.1:${stranger.port}`)).toEqual([6, 'NOT_TOWLINE'])
    expect(await tried('login', `https://127.0.0.1:${stranger.port}`)).toEqual([6, 'NOT_TOWLINE'])
    expect(existsSync(contextsFile())).toBe(false)
  })

  it('follows no redirect: the server that is named gets everything, another nothing', async () => {
    await using mover = await openHttpService((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${stranger.port}/away` }).end()
    })
    strangerSaw.length = 0
    expect(await tried('login', `http://127.0.0.1:${mover.port}`)).toEqual([6, 'NOT_TOWLINE'])
    expect(strangerSaw).toEqual([])
  })

  it('sends no credential to a server whose metadata names endpoints elsewhere', async () => {
    verifies('cli.context')
    await using liar = await openHttpService((request, response) => {
      const issuer = `http://127.0.0.1:${(request.socket.address() as { port: number }).port}`
      const away = `http://127.0.0.1:${stranger.port}/away`
      const metadata = { issuer, token_endpoint: away, device_authorization_endpoint: away, revocation_endpoint: away }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata))
    })
    strangerSaw.length = 0
    const at = `http://127.0.0.1:${liar.port}`
    expect(await tried('login', at)).toEqual([6, 'NOT_TOWLINE'])
    const login = { issuer: at, refreshToken: 'r'.repeat(43), expiresAt: 1, permissions: ['tunnels.list'] }
    const contexts = [{ name: 'liar', url: at, token: 'a'.repeat(43), login }]
    writeFileSync(contextsFile(), JSON.stringify({ version: 1, current: 'liar', contexts }), { mode: 0o600 })
    expect(await tried('tunnel', 'list')).toEqual([6, 'NOT_TOWLINE'])
    expect(errorOf(await home.run(['tunnel', 'list', '-o', 'json'])).message).toContain('elsewhere')
    const out = await home.run(['logout', '-o', 'json'])
    expect(JSON.parse(out.stdout)).toMatchObject({ revoked: false, problem: { code: 'NOT_TOWLINE' } })
    expect(strangerSaw).toEqual([])
  })

  it('sends a stored login to no other server than its own', async () => {
    verifies('cli.context')
    await logInBy(home, ada, [url, '--project', 'dev'])
    strangerSaw.length = 0
    const env = { TOWLINE_URL: `http://127.0.0.1:${stranger.port}` }
    for (const words of [['tunnel', 'list'], ['whoami'], ['forward', '1', '--name', 'x'], ['events']])
      expect(refused(await home.run([...words, '-o', 'json'], { env }))).toEqual([4, 'TOKEN_ELSEWHERE'])
    const given = await home.run(['tunnel', 'list', '-o', 'json'], { env: { ...env, TOWLINE_TOKEN: 'tow_crd_given' } })
    expect(errorOf(given).code).toBe('NOT_TOWLINE')
    expect(strangerSaw.map((line) => line.split(' ').at(-1))).toEqual(['tow_crd_given'])
  })

  it('lets flags and environment say which context and project are meant', async () => {
    verifies('cli.context')
    await logInBy(home, ada, [url, '--project', 'dev'])
    expect(await tried('tunnel', 'list', '--project', 'gone')).toEqual([3, 'NOT_FOUND'])
    const env = { TOWLINE_PROJECT: 'gone' }
    expect(refused(await home.run(['tunnel', 'list', '-o', 'json'], { env }))).toEqual([3, 'NOT_FOUND'])
    expect((await home.run(['tunnel', 'list', '--project', 'dev'], { env })).status).toBe(0)
    expect(refused(await home.run(['tunnel', 'list', '-o', 'json'], { env: { TOWLINE_CONTEXT: 'gone' } }))).toEqual([
      3,
      'CONTEXT_MISSING',
    ])
  })

  it('ends when the person refuses, when the code is over, and when it is interrupted', async () => {
    verifies('cli.login')
    const denied = await startLogin(home, url)
    await ada.submit(await enterCode(ada, String(denied.pending['url'])), '/interaction/', { decision: 'refuse' })
    const over = await startLogin(home, `http://localhost:${other.port}`)
    const broken = await startLogin(home, url)
    broken.program.kill('SIGINT')
    expect(await broken.program.ended()).toMatchObject({ status: 130, stderr: '' })
    for (const [{ program }, code] of [
      [denied, 'LOGIN_REFUSED'],
      [over, 'LOGIN_EXPIRED'],
    ] as const) {
      const ended = await program.ended()
      expect([ended.status, errorOf(ended).code]).toEqual([4, code])
    }
    expect(existsSync(contextsFile())).toBe(false)
  })

  it('trusts a CA by file or by its fingerprint, and never for being presented', async () => {
    verifies('link.tls-pin')
    const secure = `https://127.0.0.1:${system.port}`
    const { fingerprint256 } = new X509Certificate(String(system.ca))
    const unknown = await home.run(['login', secure, '-o', 'json'])
    expect(refused(unknown)).toEqual([6, 'CA_UNKNOWN'])
    expect(errorOf(unknown).next).toContain(fingerprint256)
    expect(await tried('login', secure, '--ca-fingerprint', 'AB'.repeat(32))).toEqual([6, 'CA_UNKNOWN'])
    const [right, wrong] = [join(home.folder.path, 'ca.pem'), join(home.folder.path, 'other.pem')]
    writeFileSync(right, String(system.ca))
    writeFileSync(wrong, String(other.ca))
    expect(await tried('login', secure, '--ca-file', wrong)).toEqual([6, 'SERVER_UNTRUSTED'])
    expect(existsSync(contextsFile())).toBe(false)
    await logInBy(home, ada, [
      secure,
      '--project',
      'dev',
      '--name',
      'seen',
      '--ca-fingerprint',
      `sha256:${fingerprint256.toLowerCase()}`,
    ])
    expect(new X509Certificate(String(readStored(home).contexts[0]?.ca)).fingerprint256).toBe(fingerprint256)
    expect((await home.run(['tunnel', 'list'])).status).toBe(0)
    await logInBy(home, ada, [secure, '--project', 'dev', '--name', 'filed', '--ca-file', right])
    expect((await home.run(['tunnel', 'list'])).status).toBe(0)
  })

  it('refuses a contexts file that others may read, that is broken, or that is no file', async () => {
    verifies('cli.context')
    await logInBy(home, ada, [url])
    chmodSync(contextsFile(), 0o644)
    expect(await tried('tunnel', 'list')).toEqual([2, 'CONFIG_INVALID'])
    expect(await tried('login', url)).toEqual([2, 'CONFIG_INVALID'])
    expect(await tried('logout')).toEqual([2, 'CONFIG_INVALID'])
    chmodSync(contextsFile(), 0o600)
    writeFileSync(contextsFile(), '{"version":1,"contexts":[{}]}')
    expect(await tried('context', 'list')).toEqual([2, 'CONFIG_INVALID'])
    rmSync(contextsFile())
    mkdirSync(contextsFile())
    expect(await tried('login', url)).toEqual([2, 'CONFIG_INVALID'])
  })
})
