/** Proves a login by processes: approved in a browser, used, revoked at the server, used no more, and begun again. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Browser,
  type Home,
  openEcho,
  openHome,
  openHttpService,
  openRelay,
  openSystem,
  type Service,
  type System,
  verifies,
  visit,
} from '@towline/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { becomeOwner, wordsOf } from '../oauth/login.ts'
import { errorOf, expireTokens, logInBy, openWitness, QUICK, readStored, startLogin } from './approve.ts'

describe('login', () => {
  let system: System
  let ada: Browser
  let service: Service
  let url: string
  beforeAll(async () => {
    ;[system, service] = await Promise.all([
      openSystem({ limits: QUICK }),
      openHttpService((_request, response) => void response.end('hello')),
    ])
    ada = await becomeOwner(system)
    url = `http://localhost:${system.port}`
  })
  afterAll(() => Promise.all([system?.close(), service?.close()]))

  let home: Home
  beforeEach(() => {
    home = openHome()
  })
  afterEach(() => home.close())

  const credentialOf = async (): Promise<string> => {
    const [context] = readStored(home).contexts
    return (await system.control.authority.verify(context?.token ?? '', { project: 'dev' })).credentialId
  }

  it('prints the page and the code, then the context, and keeps it private', async () => {
    verifies('cli.login')
    const { program, pending } = await startLogin(home, url)
    expect(pending).toMatchObject({
      url: expect.stringContaining(`/device?user_code=${String(pending['userCode'])}`),
      verificationUrl: `${url}/device`,
      userCode: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
    })
    const page = await ada.submit(await ada.open(String(pending['url'])), '/device')
    await ada.submit(page, '/interaction/', { decision: 'allow' })
    expect(await program.status('logged-in')).toMatchObject({ context: 'localhost', url })
    expect(await program.ended()).toMatchObject({ status: 0, stderr: '' })
    expect(program.stdout().trim().split('\n')).toHaveLength(2)
    expect(statSync(join(home.folder.path, 'contexts.json')).mode & 0o777).toBe(0o600)
    expect(program.stdout()).not.toContain(readStored(home).contexts[0]?.token)
  })

  it('asks for the few permissions of a workstation, and for more only when it was told to', async () => {
    verifies('oauth.scopes.minimal')
    const few = await startLogin(home, url)
    const asked = wordsOf(await ada.submit(await ada.open(String(few.pending['url'])), '/device'))
    expect(asked).toContain('tunnels.create')
    expect(asked).not.toMatch(/tunnels\.cut|tokens\.|manage/)
    await few.program.stop()
    const more = await startLogin(home, url, '--permissions', 'tunnels.list,operate', '--permissions', 'tokens.create')
    const page = await ada.submit(await ada.open(String(more.pending['url'])), '/device')
    expect(wordsOf(page)).toMatch(/tunnels\.cut.*tokens\.create/)
    expect(wordsOf(page)).not.toContain('tunnels.create')
    await ada.submit(page, '/interaction/', { decision: 'allow', permission: ['tunnels.list', 'tunnels.cut'] })
    expect(await more.program.status('logged-in')).toMatchObject({ permissions: ['tunnels.list', 'tunnels.cut'] })
    await more.program.ended()
    const minted = await home.run(['token', 'create', '--permission', 'tunnels.list', '--project', 'dev', '-o', 'json'])
    expect([minted.status, errorOf(minted).code]).toEqual([4, 'FORBIDDEN'])
  })

  it('forwards, dials, lists and watches by the login, until it is revoked; then by the next one', async () => {
    verifies('cli.login', 'oauth.revoke')
    await logInBy(home, ada, [url, '--project', 'dev'])
    const forward = home.start(['forward', String(service.port), '--name', 'mine', '-o', 'json'])
    const online = await forward.status('online')
    expect(await visit({ to: String(online['url']) })).toMatchObject({ status: 200, body: 'hello' })
    await using echo = await openEcho()
    const hosted = home.start(['forward', String(echo.port), '--no-publish', '--name', 'echo', '-o', 'json'])
    await hosted.status('online')
    expect((await home.run(['dial', 'tow://echo'], { input: 'there and back' })).stdout).toBe('there and back')
    const events = home.start(['events', '-o', 'json'])
    const listed = await home.run(['tunnel', 'list', '-o', 'json'])
    expect((JSON.parse(listed.stdout) as { name: string }[]).map(({ name }) => name).toSorted()).toEqual([
      'echo',
      'mine',
    ])
    await system.control.revoke(await credentialOf())
    for (const program of [forward, hosted, events]) {
      const ended = await program.ended()
      expect([ended.status, errorOf(ended)]).toMatchObject([
        4,
        { code: 'LOGIN_ENDED', next: `Log in again with "towline login ${url}".` },
      ])
    }
    expect(errorOf(await home.run(['tunnel', 'list', '-o', 'json'])).code).toBe('LOGIN_ENDED')
    expect(await logInBy(home, ada, [])).toMatchObject({ context: 'localhost', project: 'dev', url })
    expect((await home.run(['tunnel', 'list', '-o', 'json'])).status).toBe(0)
  })

  it('renews the token once, however many processes need it at the same moment, and goes on after', async () => {
    verifies('cli.login')
    const witness = await openWitness(system.port)
    try {
      await logInBy(home, ada, [witness.url, '--project', 'dev'])
      const before = readStored(home).contexts[0]?.login?.refreshToken
      witness.seen.length = 0
      expireTokens(home)
      const runs = await Promise.all(Array.from({ length: 4 }, () => home.run(['tunnel', 'list', '-o', 'json'])))
      expect(runs.map(({ status, stderr }) => [status, stderr])).toEqual(runs.map(() => [0, '']))
      expect(witness.seen.filter((one) => one === 'POST /oauth/token')).toHaveLength(1)
      expect(readStored(home).contexts[0]?.login?.refreshToken).not.toBe(before)
      expireTokens(home)
      expect((await home.run(['tunnel', 'list'])).status).toBe(0)
    } finally {
      await witness.close()
    }
  })

  it('takes a fresh token for the next link of a forward that has run for long', async () => {
    verifies('cli.login')
    await using relay = await openRelay(system.port)
    await logInBy(home, ada, [`http://127.0.0.1:${relay.port}`, '--project', 'dev'])
    const forward = home.start(['forward', String(service.port), '--name', 'long', '-o', 'json'])
    const { url: address } = await forward.status('online')
    const stale = readStored(home).contexts[0]?.token
    expireTokens(home)
    const from = forward.lines.length
    relay.cut()
    expect(await forward.status('online', { from })).toMatchObject({ url: address })
    expect(readStored(home).contexts[0]?.token).not.toBe(stale)
    await forward.stop()
  })

  it('logs out: the server ends the login and what it holds open, and the file forgets it', async () => {
    verifies('cli.login')
    await logInBy(home, ada, [url, '--project', 'dev', '--name', 'away'])
    const { token, login } = readStored(home).contexts[0] ?? {}
    const forward = home.start(['forward', String(service.port), '--name', 'bye', '-o', 'json'])
    await forward.status('online')
    const out = await home.run(['logout', '-o', 'json'])
    expect([out.status, out.stderr, JSON.parse(out.stdout)]).toEqual([0, '', { context: 'away', url, revoked: true }])
    expect(errorOf(await forward.ended()).code).toBe('LOGIN_ENDED')
    expect(readStored(home)).toEqual({ version: 1, contexts: [] })
    await expect(system.control.authority.verify(String(token))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const body = new URLSearchParams({
      client_id: 'towline-cli',
      grant_type: 'refresh_token',
      refresh_token: String(login?.refreshToken),
    })
    expect((await fetch(`${url}/oauth/token`, { method: 'POST', body })).status).toBe(400)
    expect(errorOf(await home.run(['logout', '-o', 'json'])).code).toBe('CONTEXT_MISSING')
  })

  it('logs out while the server is away, and says what it could not do', async () => {
    verifies('cli.login')
    const relay = await openRelay(system.port)
    await logInBy(home, ada, [`http://127.0.0.1:${relay.port}`])
    await relay.close()
    const out = await home.run(['logout', '-o', 'json'])
    expect([out.status, JSON.parse(out.stdout)]).toMatchObject([
      0,
      { revoked: false, problem: { code: 'SERVER_UNREACHABLE' } },
    ])
    expect(out.stderr).toMatch(/^warning the login is forgotten here, but the server was not told: /)
    expect(readStored(home).contexts).toEqual([])
  })

  it('ends the login that it replaces, and keeps others', async () => {
    await logInBy(home, ada, [url, '--project', 'dev'])
    const first = readStored(home).contexts[0]?.token ?? ''
    await logInBy(home, ada, [url, '--name', 'second'])
    await logInBy(home, ada, [url])
    await expect(system.control.authority.verify(first)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const { current, contexts } = readStored(home)
    expect([current, contexts.map(({ name, project }) => [name, project])]).toEqual([
      'localhost',
      [
        ['second', undefined],
        ['localhost', 'dev'],
      ],
    ])
    for (const { token } of contexts) await system.control.authority.verify(token)
  })

  it('takes a token from standard input for a machine, once the server has taken it', async () => {
    verifies('cli.login')
    const saved = await home.run(['login', url, '--token-stdin', '--name', 'job', '-o', 'json'], {
      input: `${system.token}\n`,
    })
    expect([saved.status, JSON.parse(saved.stdout)]).toEqual([0, { status: 'logged-in', context: 'job', url }])
    expect((await home.run(['tunnel', 'list'])).status).toBe(0)
    expect((await home.run(['context', 'delete', 'job'])).status).toBe(0)
    await system.control.authority.verify(system.token)
    const refused = await home.run(['login', url, '--token-stdin', '-o', 'json'], { input: 'tow_crd_none_never' })
    expect([refused.status, errorOf(refused).code]).toEqual([4, 'UNAUTHENTICATED'])
    const empty = await home.run(['login', url, '--token-stdin', '-o', 'json'])
    expect([empty.status, errorOf(empty).code]).toEqual([2, 'OPTION_INVALID'])
    expect(readStored(home).contexts).toEqual([])
  })
})
