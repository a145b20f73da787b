/** Proves the doctor by processes: what is well passes, and each thing that is broken is the first row that fails. */
import { X509Certificate } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Browser,
  type Home,
  openHome,
  openHttpService,
  openSystem,
  startUp,
  type System,
  verifies,
} from '@towline/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { becomeOwner } from '../oauth/login.ts'
import { errorOf, logInBy, QUICK } from './approve.ts'

interface Row {
  readonly id: string
  readonly status: 'pass' | 'warn' | 'fail' | 'skip'
  readonly found: string
  readonly next?: string
  readonly code?: string
}

const IDS = [
  ...['config', 'context', 'proxy', 'dns', 'tcp', 'tls', 'clock', 'server', 'token', 'link', 'tunnels', 'round-trip'],
  ...['webtty', 'agents'],
]

describe('doctor', () => {
  let system: System
  let ada: Browser
  beforeAll(async () => {
    system = await openSystem({ limits: QUICK })
    ada = await becomeOwner(system)
  })
  afterAll(() => system?.close())

  let home: Home
  beforeEach(() => {
    home = openHome()
  })
  afterEach(() => home.close())

  const examine = async (
    at: Home,
    { words = [], env = {} }: { words?: string[]; env?: Record<string, string> } = {},
  ) => {
    const { status, stdout, stderr } = await at.run(['doctor', ...words, '-o', 'json'], { env })
    const { rows, url } = JSON.parse(stdout) as { readonly rows: readonly Row[]; readonly url?: string }
    expect(rows.map(({ id }) => id)).toEqual(IDS)
    for (const row of rows)
      expect([row.id, row.next !== undefined]).toEqual([row.id, ['warn', 'fail'].includes(row.status)])
    const failed = rows.filter((row) => row.status === 'fail').map(({ id, code }) => `${id} ${code}`)
    expect(status).toBe(failed.length > 0 ? 8 : 0)
    if (failed.length > 0) expect(errorOf({ stderr }).code).toBe('CHECK_FAILED')
    const of = (state: Row['status']): readonly string[] =>
      rows.filter((row) => row.status === state).map(({ id }) => id)
    return { rows, url, failed, passed: of('pass'), warned: of('warn'), skipped: of('skip') }
  }

  it('finds nothing wrong with a server that was just started, there and back', async () => {
    verifies('cli.doctor')
    await using up = await startUp()
    expect(up.server.lines[0]?.['caFingerprint']).toBe(new X509Certificate(up.context().ca).fingerprint256)
    const { failed, warned, skipped, url } = await examine(up, { words: ['--deep'] })
    expect({ failed, warned, skipped, url }).toEqual({
      failed: [],
      warned: [],
      skipped: ['dns', 'agents'],
      url: up.url,
    })
    expect(JSON.parse((await up.run(['tunnel', 'list', '-o', 'json'])).stdout)).toEqual([])
    expect((await examine(up)).skipped).toEqual(['dns', 'round-trip', 'agents'])
    const table = await up.run(['doctor'])
    expect(table.stdout).toMatch(/^STATUS +CHECK +FOUND +NEXT\npass +config /)
    await up.server.stop()
    expect((await examine(up)).failed).toEqual(['tcp SERVER_UNREACHABLE', 'tls SERVER_UNREACHABLE'])
  })

  it('finds nothing wrong with a login, and tells when it was revoked', async () => {
    verifies('cli.doctor')
    await logInBy(home, ada, [`http://localhost:${system.port}`, '--project', 'dev'])
    const { failed, rows } = await examine(home, { words: ['--deep'] })
    expect(failed).toEqual([])
    expect(rows.find(({ id }) => id === 'token')?.found).toContain('tunnels.create')
    expect(rows.find(({ id }) => id === 'dns')?.found).toContain('127.0.0.1')
    expect((await examine(home, { words: ['--project', 'gone'] })).failed).toEqual([
      'token NOT_FOUND',
      'link NOT_FOUND',
      'tunnels NOT_FOUND',
    ])
    const { userId } = await system.control.authority.verify(tokenOf(home), { project: 'dev' })
    expect(userId).toMatch(/^usr_/)
    await system.control.revoke((await system.control.authority.verify(tokenOf(home), { project: 'dev' })).credentialId)
    expect((await examine(home)).failed).toEqual(['token LOGIN_ENDED', 'link LOGIN_ENDED', 'tunnels LOGIN_ENDED'])
  })

  it('tells no context, an open file, a wrong proxy, a wrong authority and a stranger', async () => {
    verifies('cli.doctor')
    expect((await examine(home)).failed).toEqual(['context CONTEXT_MISSING'])
    const token = { TOWLINE_TOKEN: system.token }
    const secure = { ...token, TOWLINE_URL: `https://127.0.0.1:${system.port}` }
    expect((await examine(home, { env: secure })).failed).toEqual(['tls SERVER_UNTRUSTED'])
    const caFile = join(home.folder.path, 'ca.pem')
    writeFileSync(caFile, String(system.ca))
    expect((await examine(home, { env: secure, words: ['--ca-file', caFile] })).failed).toEqual([])
    const proxied = { ...token, TOWLINE_URL: 'https://relay.example.com', HTTPS_PROXY: 'socks5://127.0.0.1:1' }
    expect((await examine(home, { env: proxied })).failed).toEqual(['proxy OPTION_INVALID'])
    await using stranger = await openHttpService((_request, response) => void response.writeHead(404).end('what?'))
    const strange = { ...token, TOWLINE_URL: `http://127.0.0.1:${stranger.port}` }
    expect((await examine(home, { env: strange })).failed).toEqual(['tls NOT_TOWLINE'])
    const wrong = { ...token, TOWLINE_URL: `http://127.0.0.1:${system.port}`, TOWLINE_TOKEN: 'tow_crd_wrong_wrong' }
    expect((await examine(home, { env: wrong })).failed).toEqual([
      'token UNAUTHENTICATED',
      'link UNAUTHENTICATED',
      'tunnels UNAUTHENTICATED',
    ])
    writeFileSync(join(home.folder.path, 'contexts.json'), '{"version":1,"contexts":[]}')
    chmodSync(join(home.folder.path, 'contexts.json'), 0o644)
    expect((await examine(home)).failed).toEqual(['config CONFIG_INVALID', 'context CONFIG_INVALID'])
  })
})

const tokenOf = (home: Home): string => home.context().token
