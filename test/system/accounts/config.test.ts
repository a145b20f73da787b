/** Proves the file of settings of a real `towline up`: people sign in with a provider, CI jobs get tokens, and a wrong file starts nothing. */
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ERRORS } from '@towline/protocol'
import { openBrowser, openHome, startUp, type System, type Up, verifies } from '@towline/testkit'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { logIn, PASSWORD, wordsOf } from '../oauth/login.ts'

const CLIENT = { client_id: 'towline', client_secret: 'hush-hush of the test' }
const RELEASE = { repository_id: '42', environment: 'release' }

/** Answers requests at a port of its own. */
const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('up with a file of settings', () => {
  let idp: Server
  let ci: Server
  let up: Up
  let siteUrl: string
  let sign: (claims: object) => Promise<string>
  const owner = openBrowser()

  beforeAll(async () => {
    for (const method of ['warn', 'info'] as const) vi.spyOn(console, method).mockReturnValue()
    const { Provider } = await import('oidc-provider')
    idp = createServer((request, response) => provider.callback()(request, response))
    const { publicKey, privateKey } = await generateKeyPair('RS256')
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] })
    ci = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(keys))
    const [issuer, ciUrl] = await Promise.all([listen(idp), listen(ci)])
    await using files = openHome()
    const discoveryUrl = `${issuer}/.well-known/openid-configuration`
    const config = join(files.folder.path, 'towline.json')
    const settings = {
      providers: [
        {
          ...{ id: 'idp', name: 'Our IdP', discoveryUrl },
          clientId: CLIENT.client_id,
          clientSecret: { file: 'secret' },
        },
      ],
      trust: [{ issuer: ciUrl, claims: RELEASE, project: 'dev', permissions: ['tunnels.list', 'tunnels.create'] }],
      plans: [{ id: 'team', name: 'Team', price: { amount: 20, currency: 'EUR', per: 'month' } }],
      turn: { urls: ['turn:turn.example.com:3478'], secret: { env: 'TEST_TURN' } },
      requestLogs: { days: 1 },
    }
    writeFileSync(join(files.folder.path, 'secret'), `${CLIENT.client_secret}\n`, { mode: 0o600 })
    writeFileSync(config, JSON.stringify(settings))
    vi.stubEnv('TEST_TURN', 'hush-hush of TURN')
    up = await startUp('--config', config)
    siteUrl = `http://localhost:${up.port}`
    sign = (claims) =>
      new SignJWT({ sub: 'repo:a/b', ...RELEASE, iss: ciUrl, aud: siteUrl, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setExpirationTime('5m')
        .sign(privateKey)
    const provider = new Provider(issuer, {
      clients: [{ ...CLIENT, redirect_uris: [`${siteUrl}/api/auth/callback/idp`] }],
      claims: { email: ['email', 'email_verified'], profile: ['name'] },
      cookies: { keys: ['of the test'] },
      findAccount: (_context, id) => ({
        accountId: id,
        claims: () => ({ sub: id, email: `${id}@example.test`, email_verified: true, name: id }),
      }),
    })
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
    await up?.close()
    idp?.close()
    ci?.close()
  })

  it('signs the owner in with the provider, and no stranger', async () => {
    verifies('account.signin')
    const setup = await owner.open(String(up.server.lines[0]?.['setupUrl']))
    await owner.submit(setup, '/setup/', { email: 'ada@example.test', name: 'Ada', password: PASSWORD })
    const signInAs = async (login: string) => {
      const browser = openBrowser()
      const page = await browser.submit(await browser.open(`${siteUrl}/sign-in`), '/sign-in/with')
      const consent = await browser.submit(page, '/interaction/', { login, password: 'any' })
      return browser.submit(consent, '/interaction/')
    }
    expect(wordsOf(await signInAs('ada'))).toContain('Signed in as Ada (ada@example.test).')
    expect(wordsOf(await signInAs('eve'))).toContain('do not fit together')
  })

  it('gives the job of a trusted repository a token that works for what the rule allows, and others none', async () => {
    verifies('oauth.exchange')
    const exchange = async (claims: object) => {
      const body = new URLSearchParams({
        ...{ client_id: 'towline-cli', grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' },
        ...{ subject_token: await sign(claims), subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' },
      })
      const answer = await fetch(`${siteUrl}/oauth/token`, { method: 'POST', body })
      return { status: answer.status, ...((await answer.json()) as { access_token?: string; scope?: string }) }
    }
    expect(await exchange({ repository_id: '43' })).toMatchObject({ status: 400, error: 'invalid_grant' })
    const job = await exchange({})
    expect(job).toMatchObject({ status: 200, scope: 'tunnels.list tunnels.create' })
    const headers = { authorization: `Bearer ${job.access_token}` }
    expect((await fetch(`${siteUrl}/api/engine/tunnels`, { headers })).status).toBe(200)
    const cut = await fetch(`${siteUrl}/api/engine/tunnels/tun_none`, { method: 'DELETE', headers })
    expect(cut.status).toBe(403)
  })

  it('offers the plans of the file, and gives out credentials for its TURN server', async () => {
    verifies('api.turn')
    const headers = { authorization: `Bearer ${up.context().token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ projectId: 'dev', ttlSeconds: 60 })
    const turn = await fetch(`${siteUrl}/api/turn/credentials`, { method: 'POST', headers, body })
    const { username, credential, urls } = (await turn.json()) as Record<'username' | 'credential' | 'urls', string>
    const mac = createHmac('sha1', 'hush-hush of TURN').update(username).digest('base64')
    expect([turn.status, credential, urls]).toEqual([201, mac, ['turn:turn.example.com:3478']])
    const scope = 'projects.read projects.create'
    const { tokens } = await logIn({ site: { publicUrl: siteUrl } } as System, owner, undefined, scope)
    const options = await fetch(`${siteUrl}/api/workspaces/wsp_first/creation-options`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    expect(await options.json()).toMatchObject({ plans: [{ plan: 'team', action: { type: 'checkout' } }] })
  })

  it('shows no secret of the file in logs or in what it prints', () => {
    expect(up.server.stdout() + up.server.stderr()).not.toContain('hush-hush')
  })

  it('starts nothing with a wrong file: it names file, key and problem, and leaves no trace', async () => {
    const wrong: readonly (readonly [settings: unknown, mode: number, key: string])[] = [
      [{ provider: [] }, 0o600, 'provider'],
      [{ clientDocuments: 'yes' }, 0o600, 'clientDocuments'],
      [{ providers: [{ id: 'idp' }] }, 0o600, 'providers[0].name'],
      [JSON.parse(`{"providers":[${JSON.stringify(LITERAL)}]}`), 0o644, 'providers[0].clientSecret'],
    ]
    for (const [settings, mode, key] of wrong) {
      await using home = openHome()
      const file = join(home.folder.path, 'towline.json')
      writeFileSync(file, JSON.stringify(settings), { mode })
      const { status, stdout, stderr } = await home.run([
        'up',
        '--listen',
        '127.0.0.1:0',
        '--config',
        file,
        '-o',
        'json',
      ])
      const { error } = JSON.parse(stderr.trim().split('\n').at(-1) as string) as { error: object }
      expect([status, stdout, error]).toEqual([
        ERRORS.CONFIG_INVALID.exit,
        '',
        expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ file, key }) }),
      ])
      expect(stderr).not.toContain('hush-hush')
      expect(existsSync(join(home.folder.path, 'data'))).toBe(false)
      expect(readFileSync(file, 'utf8')).toBe(JSON.stringify(settings))
    }
  })
})

const LITERAL = {
  ...{ id: 'idp', name: 'x', clientId: 'x', clientSecret: 'hush-hush' },
  discoveryUrl: 'https://idp.example.com/x',
}
