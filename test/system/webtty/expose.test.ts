/** Proves that a machine exposes its own services on request: seen there first, the same through the tunnel, kept over broken links, ended alone. */
import { join } from 'node:path'
import type { Exposure } from '@towline/protocol'
import {
  eventually,
  openEcho,
  openHttpService,
  openRelay,
  type Service,
  unusedPort,
  verifies,
  visit,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Machines, openMachines, type Ran } from './machines.ts'

interface Verified {
  readonly same: boolean
  readonly difference?: string
  readonly local: { readonly status?: number; readonly sha256?: string; readonly bytes: number }
  readonly through: { readonly status?: number; readonly sha256?: string; readonly bytes: number }
}

describe.concurrent('webtty expose', () => {
  let machines: Machines
  let web: Service
  let count = 0
  beforeAll(async () => {
    machines = await openMachines()
    web = await openHttpService((request, response) => {
      if (request.url === '/host') return response.end(String(request.headers.host))
      if (request.url === '/count') return response.end(`answer ${++count}`)
      if (request.url === '/mcp') return response.writeHead(405).end()
      response.setHeader('content-type', 'text/plain').end('served there\n')
    })
  })
  afterAll(async () => {
    await machines?.[Symbol.asyncDispose]()
    await web?.close()
  })

  const json = <T>({ status, stdout, stderr }: Ran): T => {
    if (status !== 0) throw new Error(`it ended with ${status}: ${stderr}`)
    return JSON.parse(stdout) as T
  }
  const expose = async (machine: string, ...words: readonly string[]) =>
    json<Exposure & { readonly verified?: Verified }>(await machines.ask('expose', machine, [...words, '-o', 'json']))
  const exposed = async (machine: string) =>
    json<readonly Exposure[]>(await machines.ask('exposed', machine, ['-o', 'json']))
  const refused = async (machine: string, ...words: readonly string[]) => {
    const { status, code, stdout } = await machines.ask('expose', machine, words)
    return { status, code, stdout }
  }
  const tunnels = async (...names: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await machines.up.run(['tunnel', 'list', '-o', 'json'])
    return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name).filter((name) => names.includes(name))
  }

  it('says that a port is silent before there is any tunnel', async () => {
    verifies('mcp.remote.expose')
    const port = await unusedPort()
    expect(await refused('lab', String(port), '--name', 'silent')).toEqual({
      status: 6,
      code: 'PORT_SILENT',
      stdout: '',
    })
    expect(await tunnels('silent')).toEqual([])
    expect((await exposed('lab')).filter(({ name }) => name === 'silent')).toEqual([])
  })

  it.each([
    [['10.255.255.1:80'], 'EXPOSE_HOST_REFUSED'],
    [['169.254.169.254:80'], 'EXPOSE_HOST_REFUSED'],
    [['--label', 'towline.webtty=v1'], 'LABEL_INVALID'],
    [['--label', 'towline.expose/machine=other'], 'LABEL_INVALID'],
    [['--name', 'lab'], 'OPTION_INVALID'],
    [['--tcp', '--token-auth'], 'EDGE_OPTION_UNSUPPORTED'],
    [['--mcp-path', 'mcp'], 'OPTION_INVALID'],
    [['--ttl', '31d'], 'OPTION_INVALID'],
  ])('refuses %j with %s, and opens nothing', async (words, code) => {
    const target = words[0]?.startsWith('--') ? [String(web.port)] : []
    const id = `refused-${code}-${words.join('').replace(/\W/g, '')}`
    expect(await refused('lab', ...target, ...words, '--id', id)).toMatchObject({ code, stdout: '' })
    expect((await exposed('lab')).map((exposure) => exposure.id)).not.toContain(id)
  })

  it('exposes nothing where it was told not to, nor without a relay', async () => {
    const { line } = await machines.serve('shut', ['--no-expose'])
    expect((line['labels'] as Record<string, string>)['towline.webtty/capabilities']).toBe('exec,pty')
    expect(await refused('shut', String(web.port))).toEqual({ status: 4, code: 'EXPOSE_OFF', stdout: '' })
    const url = `unix:${join(machines.up.folder.path, 'expose.sock')}`
    await machines.up.start(['webtty', 'server', '--listen', url, '-o', 'json']).status('online')
    expect(await refused(url, String(web.port))).toEqual({ status: 4, code: 'EXPOSE_NEEDS_RELAY', stdout: '' })
  })

  it('is exposed, the same as on the machine, kept over a broken link, listed, and ended alone', async () => {
    verifies('mcp.remote.expose', 'mcp.remote.stop', 'mcp.remote.compare')
    await using relay = await openRelay(machines.up.port)
    const { program } = await machines.serve('far', [], {
      TOWLINE_URL: `https://127.0.0.1:${relay.port}`,
      TOWLINE_TOKEN: machines.up.context().token,
      TOWLINE_CA_FILE: join(machines.up.folder.path, 'data', 'ca.pem'),
    })
    const words = [String(web.port), '--name', 'shown', '--label', 'purpose=review', '--id', 'mine', '--ttl', '1h']
    const one = await expose('far', ...words)
    const other = await expose('far', String(web.port), '--name', 'kept')
    expect(one).toMatchObject({
      id: 'mine',
      name: 'shown',
      url: `http://${machines.up.host('shown')}`,
      kind: 'http',
      status: 'online',
      tokenAuth: false,
      machine: 'tow://far',
      labels: { purpose: 'review', 'towline.expose/id': 'mine', 'towline.expose/machine': 'far' },
      verified: { same: true, local: { status: 200, bytes: 13 }, through: { status: 200, bytes: 13 } },
    })
    expect(one.expiresAt).toBe(one.createdAt + 3600)
    expect(one.verified?.local.sha256).toBe(one.verified?.through.sha256)
    expect(await expose('far', ...words)).toMatchObject({ id: 'mine', tunnelId: one.tunnelId })
    expect((await machines.ask('expose', 'far', [...words.slice(0, -1), '2h'])).code).toBe('EXPOSURE_CONFLICT')
    expect((await visit({ to: one.url })).body).toBe('served there\n')

    relay.cut()
    await eventually('both online again', async () => {
      const { stdout, status } = await machines.ask('exposed', 'far', ['-o', 'json'])
      if (status !== 0) return undefined
      const all = JSON.parse(stdout) as readonly Exposure[]
      return (
        all.length === 2 && all.every(({ status: each, tunnelId }) => each === 'online' && tunnelId !== one.tunnelId)
      )
    })
    expect((await visit({ to: one.url })).body).toBe('served there\n')
    const verified = json<Verified>(await machines.ask('verify', 'far', ['mine', '-o', 'json']))
    expect(verified).toMatchObject({ same: true, local: { status: 200 }, through: { status: 200 } })

    const stop = async (id: string) => json<Exposure>(await machines.ask('unexpose', 'far', [id, '-o', 'json']))
    expect(await stop('mine')).toMatchObject({ id: 'mine', status: 'stopped' })
    expect(await stop('mine')).toMatchObject({ id: 'mine', status: 'stopped' })
    expect((await visit({ to: one.url })).status).toBe(404)
    expect(await exposed('far')).toMatchObject([{ id: other.id, name: 'kept', status: 'online' }])
    expect((await visit({ to: other.url })).body).toBe('served there\n')
    expect((await machines.ask('unexpose', 'far', ['nobody'])).code).toBe('EXPOSURE_UNKNOWN')
    expect(program.stderr()).toContain(`exposed  localhost:${web.port}  ${one.url}  mine`)

    program.kill('SIGTERM')
    expect((await program.ended()).status).toBe(0)
    expect(await tunnels('kept', 'far')).toEqual([])
  })

  it('tells what differs: by the Host field, or because the service never answers the same', async () => {
    verifies('mcp.remote.compare')
    const { id } = await expose('lab', String(web.port), '--name', 'differs')
    const host = await machines.ask('verify', 'lab', [id, '--path', '/host'])
    expect({ status: host.status, code: host.code }).toEqual({ status: 8, code: 'EXPOSURE_DIFFERS' })
    expect(host.stderr).toMatch(/\d+ bytes on the machine, \d+ bytes through the tunnel/)
    const counted = await machines.ask('verify', 'lab', [id, '--path', '/count'])
    expect(counted.stderr).toContain('the service answers differently each time')
    const named = await expose(
      'lab',
      String(web.port),
      '--name',
      'rewritten',
      '--host-header',
      'rewrite',
      '--path',
      '/host',
    )
    expect(named.verified).toMatchObject({ same: true })
  })

  it('protects an MCP server that is published, labels it, and compares it with a token of its own', async () => {
    const mcp = await expose('lab', String(web.port), '--name', 'tools', '--mcp-path', '/mcp')
    expect(mcp).toMatchObject({ tokenAuth: true, mcpPath: '/mcp', verified: { same: true, local: { status: 405 } } })
    expect(mcp.labels).toMatchObject({ 'towline.mcp/path': '/mcp', 'towline.mcp/transport': 'streamable-http' })
    expect((await visit({ to: mcp.url, path: '/mcp' })).status).toBe(401)
    const quiet = await expose('lab', String(web.port), '--name', 'own', '--no-publish', '--mcp-path', '/mcp')
    expect(quiet).toMatchObject({ kind: 'private', url: 'tow://own', tokenAuth: false, verified: { same: true } })
  })

  it('exposes plain TCP, published and private', async () => {
    await using echo = await openEcho()
    const published = await expose('lab', String(echo.port), '--tcp', '--name', 'echo')
    expect(published).toMatchObject({ kind: 'tcp', verified: { same: true, local: { bytes: 0 } } })
    const quiet = await expose('lab', String(echo.port), '--tcp', '--no-publish', '--name', 'echo-private')
    expect(quiet).toMatchObject({ kind: 'private', verified: { same: true } })
  })

  it('says what a machine that stopped answering had exposed, and what becomes of it', async () => {
    await using relay = await openRelay(machines.up.port)
    await machines.serve('lost', [], {
      TOWLINE_URL: `https://127.0.0.1:${relay.port}`,
      TOWLINE_TOKEN: machines.up.context().token,
      TOWLINE_CA_FILE: join(machines.up.folder.path, 'data', 'ca.pem'),
    })
    await expose('lost', String(web.port), '--name', 'orphan')
    relay.fallSilent()
    relay.cut()
    const { status, code, stderr } = await machines.ask('exposed', 'lost', [])
    expect({ status, code }).toEqual({ status: 255, code: 'MACHINE_SILENT' })
    expect(stderr).toContain(`orphan (localhost:${web.port})`)
    await eventually('their end', async () => ((await tunnels('orphan')).length === 0 ? true : undefined))
  })
})
