/** Proves who comes in to `towline app-server`, with which words others are turned away, and which flags it does not start with. */
import { createHash, createHmac } from 'node:crypto'
import { realpathSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { tempFolder, verifies, within } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serversIn } from './served.ts'

let folder: ReturnType<typeof tempFolder>
let root: string
let servers: ReturnType<typeof serversIn>
beforeEach(() => {
  folder = tempFolder('app-server')
  root = realpathSync(folder.path)
  servers = serversIn(root)
})
afterEach(async () => {
  await servers.stop()
  folder.remove()
})

const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789'
const TOKEN = 'a-token-of-a-test'
const UPGRADE = {
  ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
  'sec-websocket-key': Buffer.alloc(16).toString('base64'),
}

type Headers = Readonly<Record<string, string>>

/** `open`, or status and body. */
const knock = (url: string, headers: Headers = {}, path = '/'): Promise<string> =>
  within(
    'an answer',
    new Promise<string>((done, fail) => {
      const { port } = new URL(url)
      const asked = request({ host: '127.0.0.1', port, path, agent: false, headers })
      asked.once('upgrade', (_response, socket) => {
        socket.destroy()
        done('open')
      })
      asked.once('response', (response) => {
        let body = ''
        response.on('data', (part) => (body += part))
        response.on('end', () => done(`${response.statusCode} ${body}`.trim()))
      })
      asked.once('error', fail)
      asked.end()
    }),
  )

const upgrade = (url: string, headers: Headers = {}, path = '/'): Promise<string> =>
  knock(url, { ...UPGRADE, ...headers }, path)

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })

const file = (name: string, text: string): string => {
  const path = join(root, name)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

const signed = (claims: object): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${body}.${createHmac('sha256', KEY).update(body).digest('base64url')}`
}

describe('app-server, who comes in', () => {
  it('asks nothing of this machine, and lets no page in that is not named', async () => {
    verifies('app.auth.loopback', 'app.origin')
    const { url } = await servers.listen('--allow-origin', 'https://app.example.org')
    expect(await upgrade(url, bearer('anything'))).toBe('open')
    for (const origin of ['http://127.0.0.1', 'null', 'https://app.example.org.evil.example'])
      for (const path of ['/', '/readyz', '/healthz']) expect(await knock(url, { origin }, path)).toBe('403')
    expect(await upgrade(url, { origin: 'http://127.0.0.1' })).toBe('403')
    expect(await upgrade(url, { origin: 'https://app.example.org' })).toBe('open')
    expect(await knock(url, {}, '/elsewhere')).toBe("400 Connection header did not include 'upgrade'")
  })

  it('asks for the capability token of a file, or of a digest', async () => {
    verifies('app.auth.capability')
    const sha256 = createHash('sha256').update(TOKEN).digest('hex')
    const path = file('token', `${TOKEN}\n`)
    for (const flags of [
      ['--ws-token-file', path],
      ['--ws-token-sha256', sha256],
    ]) {
      const { url } = await servers.listen('--ws-auth', 'capability-token', ...flags)
      expect(await upgrade(url)).toBe('401 missing websocket bearer token')
      expect(await upgrade(url, { authorization: 'Basic YTpi' })).toBe('401 invalid authorization header')
      expect(await upgrade(url, bearer('wrong'))).toBe('401 invalid websocket bearer token')
      expect(await upgrade(url, {}, `/?token=${TOKEN}`)).toBe('401 missing websocket bearer token')
      expect(await upgrade(url, { ...bearer(TOKEN), origin: 'http://127.0.0.1' })).toBe('403')
      expect(await upgrade(url, bearer(TOKEN))).toBe('open')
      expect(await knock(url, {}, '/readyz')).toMatch(/^200 /)
    }
  })

  it('asks for signed tokens, of one issuer and for one audience', async () => {
    verifies('app.auth.signed')
    const flags = ['--ws-shared-secret-file', file('secret', KEY), '--ws-issuer', 'us', '--ws-audience', 'here']
    const { url } = await servers.listen('--ws-auth', 'signed-bearer-token', ...flags)
    const exp = Math.floor(Date.now() / 1000) + 600
    const good = { exp, iss: 'us', aud: 'here' }
    expect(await upgrade(url, bearer(signed(good)))).toBe('open')
    expect(await upgrade(url, bearer(`${signed(good)}x`))).toBe('401 invalid websocket jwt')
    expect(await upgrade(url, bearer(signed({ ...good, exp: exp - 1200 })))).toBe('401 expired websocket jwt')
    expect(await upgrade(url, bearer(signed({ ...good, nbf: exp })))).toBe('401 websocket jwt is not valid yet')
    expect(await upgrade(url, bearer(signed({ ...good, iss: 'them' })))).toBe('401 websocket jwt issuer mismatch')
    expect(await upgrade(url, bearer(signed({ ...good, aud: 'there' })))).toBe('401 websocket jwt audience mismatch')
  })

  it('starts on other addresses only with a token, and tells none of it', async () => {
    verifies('app.auth.loopback')
    const without = await servers.begin('--listen', 'ws://0.0.0.0:0').ended()
    expect(without).toMatchObject({ status: 2, stdout: '' })
    expect(without.stderr).toContain(
      'refusing to start non-loopback websocket listener 0.0.0.0:0 without auth; configure `--ws-auth capability-token` or `--ws-auth signed-bearer-token`',
    )
  })

  const CAPABILITY = ['--ws-auth', 'capability-token']
  const SIGNED = ['--ws-auth', 'signed-bearer-token']
  const HEX = 'a'.repeat(64)
  it.each<readonly [readonly string[], string]>([
    [
      ['--ws-token-sha256', HEX],
      'websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`',
    ],
    [CAPABILITY, '`--ws-token-file` or `--ws-token-sha256` is required when `--ws-auth capability-token` is set'],
    [
      [...CAPABILITY, '--ws-token-file', 'x', '--ws-token-sha256', HEX],
      '`--ws-token-file` and `--ws-token-sha256` are mutually exclusive',
    ],
    [[...CAPABILITY, '--ws-token-sha256', 'aa'], '--ws-token-sha256 must be a 64-character hex SHA-256 digest'],
    [[...CAPABILITY, '--ws-token-file', 'empty'], 'must not be empty'],
    [[...CAPABILITY, '--ws-token-file', 'nope'], 'No such file or directory (os error 2)'],
    [
      [...CAPABILITY, '--ws-token-sha256', HEX, '--ws-issuer', 'us'],
      '`--ws-shared-secret-file`, `--ws-issuer`, `--ws-audience`, and `--ws-max-clock-skew-seconds` require `--ws-auth signed-bearer-token`',
    ],
    [SIGNED, '`--ws-shared-secret-file` is required when `--ws-auth signed-bearer-token` is set'],
    [[...SIGNED, '--ws-shared-secret-file', 'short'], 'must be at least 32 bytes'],
    [
      [...SIGNED, '--ws-shared-secret-file', 'short', '--ws-token-file', 'x'],
      '`--ws-token-file` and `--ws-token-sha256` require `--ws-auth capability-token`, not `signed-bearer-token`',
    ],
  ])('does not start with %j', async (flags, problem) => {
    verifies('app.auth.capability', 'app.auth.signed')
    file('empty', ' \n')
    file('short', 'too-short')
    const ended = await servers.begin('--listen', 'ws://127.0.0.1:0', ...flags).ended()
    expect(ended).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(problem) as string })
    expect(ended.stderr).not.toContain('too-short')
  })
})
