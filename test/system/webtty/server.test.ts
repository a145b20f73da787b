/** Proves how a machine is served, found and reached: its line, its labels, its two endpoints, and what is left when it stops. */
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { arch, hostname } from 'node:os'
import { join } from 'node:path'
import { eventually, openHome, openSystem, openWire, verifies, visit } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeIn, type Machines, openMachines } from './machines.ts'

const FACTS = { exec_path: '/', fs_path: null, fs_mode: null, e2e: false }
const HERE = { os: 'linux', arch: arch(), hostname: hostname() }

/** What an upgrade to the protocol asks with. */
const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'webtty.v1',
}

describe.concurrent('webtty server', () => {
  let machines: Machines
  beforeAll(async () => {
    machines = await openMachines([])
  })
  afterAll(() => machines?.[Symbol.asyncDispose]())

  it('says in one line that it can be reached, and can', async () => {
    verifies('webtty.server', 'webtty.labels')
    const { program, line } = await machines.serve('shell', ['--label', 'role=codex', '--label', 'rack=a 7'])
    const { tunnel_id: id, labels, ...rest } = line
    expect(rest).toEqual({
      status: 'online',
      name: 'shell',
      url: 'tow://shell',
      public_url: `http://${machines.up.host('shell')}`,
      ...FACTS,
    })
    expect(id).toMatch(/^tun_/)
    expect(labels).toEqual({
      role: 'codex',
      rack: 'a 7',
      'towline.webtty': 'v1',
      'towline.webtty/os': 'linux',
      'towline.webtty/arch': arch(),
      'towline.webtty/hostname': hostname(),
      'towline.webtty/exec-path': '/',
      'towline.webtty/capabilities': 'exec,pty,expose',
      'towline.webtty/e2e': 'disabled',
    })
    expect(program.lines.map(({ status }) => status)).toEqual(['connecting', 'online'])
    expect((await machines.exec('shell', ['--', 'hostname'])).stdout).toBe(`${hostname()}\n`)
  })

  it('is found by its labels, with all that is needed to use it', async () => {
    verifies('webtty.list', 'webtty.labels')
    const folder = machines.up.folder.path
    await machines.serve('found', ['--label', 'pool=a', '--fs-root', folder])
    await machines.serve('other', ['--label', 'pool=b', '--no-publish', '--fs-root', folder, '--fs-read-only'])
    const common = { status: 'online', exec_path: '/', fs_path: '/fs', e2e: false, ...HERE }
    const found = {
      ...common,
      name: 'found',
      url: 'tow://found',
      public_url: `http://${machines.up.host('found')}`,
      fs_mode: 'read-write',
      capabilities: ['exec', 'pty', 'fs', 'expose'],
      labels: { pool: 'a' },
      tunnel_id: expect.stringMatching(/^tun_/) as string,
    }
    const other = {
      ...found,
      name: 'other',
      url: 'tow://other',
      public_url: null,
      fs_mode: 'read-only',
      labels: { pool: 'b' },
    }
    expect(await machines.list('--filter', 'labels.pool=a')).toEqual([found])
    expect(await machines.list('--filter', 'labels.pool=b')).toEqual([other])
    expect(await machines.list('--filter', 'labels.pool=c')).toEqual([])
    const { stdout } = await machines.up.run(['webtty', 'list', '--filter', 'labels.pool=a'])
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['NAME', 'STATUS', 'URL', 'HOST', 'OS', 'CAPABILITIES', 'FILES', 'E2E', 'LABELS'],
      expect.arrayContaining([
        'found',
        'online',
        'tow://found',
        'exec,pty,fs,expose',
        'read-write',
        'pool=a',
      ]) as string[],
      [''],
    ])
  })

  it('is listed while it runs, and leaves nothing behind', async () => {
    verifies('webtty.lightweight')
    const named = async (): Promise<number> => (await machines.list()).filter(({ name }) => name === 'brief').length
    const { program } = await machines.serve('brief')
    expect(await named()).toBe(1)
    program.kill('SIGTERM')
    expect((await program.ended()).status).toBe(0)
    expect(await named()).toBe(0)
    const { program: killed } = await machines.serve('brief')
    killed.kill('SIGKILL')
    await killed.ended()
    await eventually('its end in the list', async () => ((await named()) === 0 ? true : undefined))
    const { stdout } = await machines.up.run(['tunnel', 'list', '--filter', 'name=brief', '-o', 'json'])
    expect(JSON.parse(stdout)).toEqual([])
  })

  it('creates nothing durable: not a file, not a row', async () => {
    verifies('webtty.lightweight')
    const data = join(machines.up.folder.path, 'data')
    const home = openHome()
    const env = ownerEnv(machines)
    const before = readdirSync(data).toSorted()
    const program = home.start(['webtty', 'server', '--name', 'bare', '-o', 'json'], env)
    await program.status('online')
    expect((await home.run(['webtty', 'exec', '--url', 'tow://bare', '--', 'true'], { env })).status).toBe(0)
    await program.stop()
    expect(readdirSync(home.folder.path)).toEqual([])
    expect(readdirSync(data).toSorted()).toEqual(before)
    await home.close()
  })

  it('has no browser endpoint with --no-publish, and is reached by its name', async () => {
    verifies('webtty.private')
    const { line } = await machines.serve('hidden', ['--no-publish'])
    expect(line).toMatchObject({ url: 'tow://hidden', public_url: null })
    const authorization = `Bearer ${machines.up.context().token}`
    for (const headers of [{}, { authorization }, { authorization, ...UPGRADE }]) {
      const { status, body } = await visit({ to: machines.up.host('hidden'), headers })
      const { error } = JSON.parse(body) as { error: { code: string } }
      expect({ status, code: error.code }).toEqual({ status: 404, code: 'TUNNEL_UNKNOWN' })
    }
    expect((await machines.exec('hidden', ['--', 'echo', 'here'])).stdout).toBe('here\n')
    const browse = await machines.ask('browse', 'hidden', [])
    expect({ failed: browse.status !== 0, stdout: browse.stdout }).toEqual({ failed: true, stdout: '' })
  })

  it('publishes a browser endpoint that asks for a token', async () => {
    verifies('webtty.published')
    const { line } = await machines.serve('public', ['--fs-root', machines.up.folder.path])
    const to = String(line['public_url'])
    const { token } = machines.up.context()
    for (const [path, headers] of [
      ['/', {}],
      ['/', UPGRADE],
      ['/fs/v1/info', {}],
      ['/', { authorization: 'Bearer tow_of_nobody' }],
      ['/', { origin: 'https://evil.example', ...UPGRADE }],
    ] as const) {
      expect((await visit({ to, path, headers })).status).toBe(401)
    }
    const authorization = `Bearer ${token}`
    using wire = await openWire(machines.up.port)
    const head = Object.entries({ host: machines.up.host('public'), authorization, ...UPGRADE })
    wire.socket.write(`GET / HTTP/1.1\r\n${head.map(([key, value]) => `${key}: ${value}\r\n`).join('')}\r\n`)
    await wire.until(/^HTTP\/1\.1 101 [^]*sec-websocket-protocol: webtty\.v1[^]*"protocol":"webtty\.v1"/i)
    expect((await visit({ to, path: '/fs/v1/info', headers: { authorization } })).status).toBe(200)
    const foreign = { authorization, origin: 'https://evil.example', ...UPGRADE }
    expect((await visit({ to, headers: foreign })).status).toBe(403)
    expect((await machines.exec('public', ['--', 'echo', 'here'])).stdout).toBe('here\n')
    expect((await machines.exec(to, ['--', 'echo', 'here'])).stdout).toBe('here\n')
  })

  it('takes its name over from one of the same credential, which is told', async () => {
    verifies('webtty.server')
    const { program: first } = await machines.serve('twice')
    const { line } = await machines.serve('twice')
    const { status, stderr } = await first.ended()
    expect({ status, code: codeIn(stderr) }).toEqual({ status: 5, code: 'TUNNEL_REPLACED' })
    expect((await machines.list('--filter', 'name=twice')).map((one) => one['tunnel_id'])).toEqual([line['tunnel_id']])
    expect((await machines.exec('twice', ['--', 'true'])).status).toBe(0)
  })

  it('does not get a name that another credential holds', async () => {
    verifies('webtty.server')
    await using system = await openSystem()
    await using home = openHome()
    writeFileSync(join(home.folder.path, 'ca.pem'), system.ca ?? '')
    const env = {
      TOWLINE_URL: system.url,
      TOWLINE_CA_FILE: join(home.folder.path, 'ca.pem'),
      TOWLINE_TOKEN: system.token,
    }
    const words = ['webtty', 'server', '--name', 'taken', '-o', 'json']
    await home.start(words, env).status('online')
    const { status, stderr } = await home.run(words, { env: { ...env, TOWLINE_TOKEN: await system.otherToken() } })
    expect({ status, code: codeIn(stderr) }).toEqual({ status: 5, code: 'NAME_TAKEN' })
    const ran = await home.run(['webtty', 'exec', '--url', 'tow://taken', '--', 'true'], { env })
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' })
  })

  it.each<readonly [what: string, words: readonly string[], code: string]>([
    ['files that are read-only and not there', ['--fs-read-only'], 'USAGE'],
    ['a folder that is not there', ['--fs-root', '/no/such/folder'], 'FILES_UNAVAILABLE'],
    ['a name that is none', ['--name', 'A B'], 'NAME_INVALID'],
    ['a label that is none', ['--label', 'role'], 'LABEL_INVALID'],
    ['an address of others', ['--listen', '0.0.0.0:0'], 'OPTION_INVALID'],
    ['a socket without a whole path', ['--listen', 'unix:relative'], 'OPTION_INVALID'],
    ['an identity that is not there', ['--identity', 'nobody'], 'E2E_IDENTITY_UNKNOWN'],
  ])('refuses %s', async (_what, words, code) => {
    verifies('webtty.server')
    const ran = await machines.up.run(['webtty', 'server', ...words])
    expect({ code: codeIn(ran.stderr), stdout: ran.stdout, failed: ran.status !== 0 }).toEqual({
      code,
      stdout: '',
      failed: true,
    })
  })
})

/** What an owner's program needs besides a home. */
const ownerEnv = ({ up }: Machines) => ({
  TOWLINE_URL: up.url,
  TOWLINE_TOKEN: up.context().token,
  TOWLINE_CA_FILE: join(up.folder.path, 'data', 'ca.pem'),
})

describe('webtty server without a relay', () => {
  it('serves on a socket that only its user can open', async () => {
    verifies('webtty.server')
    await using home = openHome()
    const socket = join(home.folder.path, 'webtty.sock')
    const url = `unix:${socket}`
    const program = home.start(['webtty', 'server', '--listen', url, '-o', 'json'])
    expect(await program.status('online')).toEqual({ status: 'online', url, ...FACTS })
    expect((statSync(socket).mode & 0o777).toString(8)).toBe('600')
    const ran = await home.run(['webtty', 'exec', '--url', url, '--', 'sh', '-c', 'echo local; exit 3'])
    expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 3, stdout: 'local\n' })
    const second = await home.run(['webtty', 'server', '--listen', url])
    expect(codeIn(second.stderr)).toBe('PORT_IN_USE')
    program.kill('SIGKILL')
    await program.ended()
    const next = home.start(['webtty', 'server', '--listen', url, '-o', 'json'])
    await next.status('online')
    expect((await home.run(['webtty', 'exec', '--url', url, '--', 'true'])).status).toBe(0)
    await next.stop()
    expect(readdirSync(home.folder.path)).toEqual([])
    const gone = await home.run(['webtty', 'exec', '--url', url, '--', 'true'])
    expect({ status: gone.status, code: codeIn(gone.stderr) }).toEqual({ status: 255, code: 'SERVER_UNREACHABLE' })
  })

  it('serves on a port of this machine, and asks for the token that it shows', async () => {
    verifies('webtty.server')
    await using home = openHome()
    const program = home.start(['webtty', 'server', '--listen', '127.0.0.1:0', '-o', 'json'])
    const { url, token, ...rest } = (await program.status('online')) as { url: string; token: string; status: string }
    expect(rest).toEqual({ status: 'online', ...FACTS })
    const file = join(home.folder.path, 'token')
    writeFileSync(file, `${token}\n`, { mode: 0o600 })
    const exec = ['webtty', 'exec', '--url', url, '--', 'echo', 'local']
    const ran = await home.run(exec, { env: { TOWLINE_WEBTTY_TOKEN_FILE: file } })
    expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 0, stdout: 'local\n' })
    const wrong = await home.run(exec, { env: { TOWLINE_WEBTTY_TOKEN: 'x'.repeat(40) } })
    expect({ status: wrong.status, code: codeIn(wrong.stderr) }).toEqual({ status: 255, code: 'UNAUTHENTICATED' })
    expect((await home.run(exec)).status).not.toBe(0)
    expect((await visit({ to: url })).status).toBe(401)
    const foreign = { authorization: `Bearer ${token}`, origin: 'http://evil.example', ...UPGRADE }
    expect((await visit({ to: url, headers: foreign })).status).toBe(403)
  })

  it('asks for the token of a file when there is one, and does not show it', async () => {
    verifies('webtty.server')
    await using home = openHome()
    const file = join(home.folder.path, 'token')
    writeFileSync(file, 'a-token-of-thirty-two-characters-or-more\n', { mode: 0o600 })
    const words = ['webtty', 'server', '--listen', '127.0.0.1:0', '--token-file', file, '-o', 'json']
    const { url, ...rest } = await home.start(words).status('online')
    expect(rest).toEqual({ status: 'online', ...FACTS })
    const env = { TOWLINE_WEBTTY_TOKEN_FILE: file }
    const ran = await home.run(['webtty', 'exec', '--url', String(url), '--', 'true'], { env })
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' })
    writeFileSync(file, 'a token that no header can carry\n')
    const refused = await home.run(words)
    expect({ status: refused.status, code: codeIn(refused.stderr) }).toEqual({ status: 2, code: 'OPTION_INVALID' })
    expect(refused.stderr).not.toContain('no header')
  })
})
