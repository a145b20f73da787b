/** Proves what a machine does with services it is asked to expose: refusals, owners, ends, and the time to live. */
import { createServer, type Server } from 'node:net'
import {
  AppError,
  type Exposure,
  type ExposeRequest,
  LIMITS,
  type Limits,
  type Tunnel,
  type TunnelSpec,
} from '@towline/protocol'
import type { HostedTunnel } from '@towline/sdk'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Exposures, noExposer } from './exposures.ts'
import { serviceHosts } from './service-hosts.ts'

/** A tunnel that a test plays. */
class FakeTunnel {
  status: HostedTunnel['status'] = 'online'
  readonly closed: Promise<AppError | undefined>
  readonly tunnel: Tunnel
  end: (error?: AppError) => void = () => {}

  constructor(spec: TunnelSpec, at: number) {
    const name = spec.name ?? `made-${at}`
    const url = spec.kind === 'private' ? `tow://${name}` : `https://${name}.example`
    this.tunnel = { ...spec, id: `tun_${at}`, name, url, labels: spec.labels ?? {} } as Tunnel
    this.closed = new Promise((done) => {
      this.end = (error) => {
        this.status = 'closed'
        done(error)
      }
    })
  }

  close(): void {
    this.end()
  }
}

let service: Server
let port: number
beforeAll(async () => {
  service = createServer((socket) => void socket.on('error', () => {}).end())
  await new Promise<void>((done) => void service.listen(0, '127.0.0.1', done))
  port = (service.address() as { port: number }).port
})
afterAll(() => new Promise((done) => void service.close(done)))
afterEach(() => vi.useRealTimers())

const rig = ({ limits = {}, refusal }: { limits?: Partial<Limits>; refusal?: AppError } = {}) => {
  const opened: FakeTunnel[] = []
  const changes: string[] = []
  const exposures = new Exposures({
    hosts: serviceHosts(),
    machine: () => 'lab',
    limits: { ...LIMITS, ...limits },
    onChange: ({ id, status }) => changes.push(`${id} ${status}`),
    open: async (spec) => {
      if (refusal) throw refusal
      const tunnel = new FakeTunnel(spec, opened.length)
      opened.push(tunnel)
      return tunnel as unknown as HostedTunnel
    },
  })
  return { exposures, opened, changes }
}

const asks = (id: string, more: Partial<ExposeRequest> = {}): ExposeRequest => ({
  ...{ id, host: '127.0.0.1', port, protocol: 'http', publish: true },
  ...more,
})
const party = (key: string, ...roles: readonly string[]) => ({ key, roles })
const codeOf = async (work: () => unknown): Promise<unknown> => {
  try {
    await work()
    return 'done'
  } catch (error) {
    return error instanceof AppError ? error.code : error
  }
}
const ids = (all: readonly Exposure[]): readonly string[] => all.map(({ id, status }) => `${id} ${status}`)

describe('webtty exposures: refuse, with no tunnel opened', () => {
  it.each<readonly [string, Partial<ExposeRequest>, string]>([
    ['another host', { host: '10.0.0.1' }, 'EXPOSE_HOST_REFUSED'],
    ['a name of the server itself', { name: 'lab' }, 'OPTION_INVALID'],
    ['a name that none may have', { name: 'www' }, 'NAME_RESERVED'],
    ['a label that would pass for the server', { labels: { 'towline.webtty/os': 'x' } }, 'LABEL_INVALID'],
    ['a label that only begins so', { labels: { 'towline.webttyx': 'x' } }, 'LABEL_INVALID'],
    ['a label of exposures', { labels: { 'towline.expose/id': 'x' } }, 'LABEL_INVALID'],
    ['an MCP server that speaks no HTTP', { protocol: 'tcp', mcpPath: '/mcp' }, 'OPTION_INVALID'],
    ['a path that is none', { mcpPath: 'mcp' }, 'OPTION_INVALID'],
    ['a path with what is no character of one', { mcpPath: '/m cp' }, 'OPTION_INVALID'],
    ['too long a life', { ttlMs: LIMITS.exposureTtlMs + 1 }, 'OPTION_INVALID'],
  ])('%s', async (_what, more, code) => {
    const { exposures, opened } = rig()
    expect(await codeOf(() => exposures.expose(asks('a', more)))).toBe(code)
    expect([opened, exposures.list()]).toEqual([[], []])
    expect(await codeOf(() => exposures.expose(asks('a')))).toBe('done')
  })

  it('a port where nothing listens', async () => {
    verifies('mcp.remote.expose')
    const silent = createServer()
    await new Promise<void>((done) => void silent.listen(0, '127.0.0.1', done))
    const { port: free } = silent.address() as { port: number }
    await new Promise((done) => void silent.close(done))
    const { exposures, opened } = rig()
    await expect(exposures.expose(asks('a', { port: free }))).rejects.toMatchObject({
      code: 'PORT_SILENT',
      details: { address: `127.0.0.1:${free} on that machine`, problem: 'ECONNREFUSED' },
    })
    expect([opened, exposures.list()]).toEqual([[], []])
  })

  it('one more than fit, and one after the server has stopped', async () => {
    const { exposures } = rig({ limits: { exposures: 1 } })
    await exposures.expose(asks('a'))
    expect(await codeOf(() => exposures.expose(asks('b')))).toBe('LIMIT_REACHED')
    exposures.close()
    expect(await codeOf(() => exposures.expose(asks('c')))).toBe('SHUTTING_DOWN')
  })

  it('what the relay refuses, in its words', async () => {
    const { exposures } = rig({ refusal: new AppError('OUT_OF_BOUNDS') })
    expect(await codeOf(() => exposures.expose(asks('a')))).toBe('OUT_OF_BOUNDS')
    expect(exposures.list()).toEqual([])
  })

  it('the same id for another request, or by another client, and a name twice', async () => {
    const { exposures, opened } = rig()
    const ann = party('ann', 'exec')
    const first = await exposures.expose(asks('a', { name: 'web' }), ann)
    expect(await exposures.expose(asks('a', { name: 'web' }), ann)).toEqual(first)
    expect(await codeOf(() => exposures.expose(asks('a', { name: 'other' }), ann))).toBe('EXPOSURE_CONFLICT')
    expect(await codeOf(() => exposures.expose(asks('a', { name: 'web' }), party('ben', 'exec')))).toBe(
      'EXPOSURE_CONFLICT',
    )
    expect(await codeOf(() => exposures.expose(asks('b', { name: 'web' }), ann))).toBe('OPTION_INVALID')
    expect(opened).toHaveLength(1)
  })

  it.each(['EXPOSE_OFF', 'EXPOSE_NEEDS_RELAY'] as const)('everything: %s', async (code) => {
    const exposer = noExposer(code)
    const all = [
      () => exposer.expose(asks('a')),
      () => exposer.list(),
      () => exposer.stop('a'),
      () => exposer.probe(asks('a')),
    ]
    for (const each of all) expect(await codeOf(each)).toBe(code)
  })
})

describe('webtty exposures', () => {
  it('open what was asked for, labelled by the server', async () => {
    const { exposures, opened } = rig()
    const more = { name: 'web', labels: { purpose: 'x' }, trustedIps: ['10.0.0.0/8'], hostHeader: 'app', ttlMs: 60_000 }
    const exposure = await exposures.expose(asks('a', more))
    const labels = {
      purpose: 'x',
      'towline.expose/id': 'a',
      'towline.expose/machine': 'lab',
      'towline.expose/target': `127.0.0.1:${port}`,
    }
    expect(opened[0]?.tunnel).toMatchObject({
      ...{ kind: 'http', name: 'web', labels, trustedIps: ['10.0.0.0/8'], hostHeader: 'app' },
    })
    expect(exposure).toEqual({
      ...{ id: 'a', name: 'web', url: 'https://web.example', tunnelId: 'tun_0', kind: 'http', protocol: 'http' },
      ...{ host: '127.0.0.1', port, status: 'online', tokenAuth: false, hostHeader: 'app', labels },
      createdAt: expect.any(Number) as number,
      expiresAt: exposure.createdAt + 60,
    })
    exposures.close()
  })

  it.each<readonly [Partial<ExposeRequest>, object]>([
    [{ mcpPath: '/mcp' }, { kind: 'http', tokenAuth: true, surface: 'mcp' }],
    [
      { mcpPath: '/mcp', publish: false },
      { kind: 'private', surface: 'mcp' },
    ],
    [{ protocol: 'tcp' }, { kind: 'tcp' }],
    [{ protocol: 'https' }, { kind: 'http' }],
    [{ protocol: 'tcp', publish: false }, { kind: 'private' }],
  ])('choose kind and guard: %j', async (more, spec) => {
    const { exposures, opened } = rig()
    await exposures.expose(asks('a', more))
    const [{ tunnel }] = opened as [FakeTunnel]
    const { kind, tokenAuth, surface } = tunnel
    expect(JSON.parse(JSON.stringify({ kind, tokenAuth, surface }))).toEqual(spec)
    if (more.mcpPath) expect(tunnel.labels).toMatchObject({ 'towline.mcp/path': '/mcp', 'towline.mcp/protocol': 'mcp' })
  })

  it('end exactly the one that is named, twice alike, and nothing else', async () => {
    verifies('mcp.remote.stop')
    const { exposures, opened, changes } = rig()
    for (const id of ['a', 'b']) await exposures.expose(asks(id))
    expect(exposures.stop('a')).toMatchObject({ id: 'a', status: 'stopped' })
    expect(exposures.stop('a')).toMatchObject({ id: 'a', status: 'stopped' })
    expect(opened.map(({ status }) => status)).toEqual(['closed', 'online'])
    expect(ids(exposures.list())).toEqual(['b online'])
    expect(await codeOf(() => exposures.stop('c'))).toBe('EXPOSURE_UNKNOWN')
    expect(changes).toEqual(['a online', 'b online', 'a stopped'])
    await exposures.expose(asks('a'))
    expect(ids(exposures.list())).toEqual(['b online', 'a online'])
  })

  it('tell a broken link, a new tunnel after it, and why one failed', async () => {
    const { exposures, opened } = rig()
    await exposures.expose(asks('a'))
    const [tunnel] = opened as [FakeTunnel]
    tunnel.status = 'offline'
    expect(ids(exposures.list())).toEqual(['a reconnecting'])
    tunnel.status = 'online'
    expect(ids(exposures.list())).toEqual(['a online'])
    tunnel.end(new AppError('TUNNEL_CUT', { name: 'a', by: 'ops', reason: 'no' }))
    await tunnel.closed
    expect(exposures.list()).toMatchObject([{ id: 'a', status: 'failed', reason: 'The tunnel "a" was cut by ops: no' }])
  })

  it('belong to who asked, and to who controls the machine', async () => {
    const { exposures } = rig()
    const [ann, ben, eve] = [party('ann', 'exec'), party('ben', 'exec'), party('eve', 'exec', 'control')]
    await exposures.expose(asks('a'), ann)
    expect([ann, ben, eve, undefined].map((by) => exposures.list(by).length)).toEqual([1, 0, 1, 1])
    expect(await codeOf(() => exposures.stop('a', ben))).toBe('EXPOSURE_UNKNOWN')
    expect(exposures.stop('a', eve)).toMatchObject({ status: 'stopped' })
  })

  it('end by themselves when their time is over, also when the machine slept', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
    const { exposures, opened } = rig()
    await exposures.expose(asks('a', { ttlMs: 3_600_000 }))
    await exposures.expose(asks('b', { ttlMs: 7_200_000 }))
    await exposures.expose(asks('c'))
    await vi.advanceTimersByTimeAsync(3_599_999)
    expect(ids(exposures.list())).toEqual(['a online', 'b online', 'c online'])
    await vi.advanceTimersByTimeAsync(1)
    expect(ids(exposures.list())).toEqual(['a expired', 'b online', 'c online'])
    expect(opened.map(({ status }) => status)).toEqual(['closed', 'online', 'online'])
    vi.setSystemTime(Date.now() + 7_200_000)
    await vi.advanceTimersByTimeAsync(LIMITS.exposureTickMs)
    expect(ids(exposures.list())).toEqual(['b expired', 'c online'])
    await vi.advanceTimersByTimeAsync(LIMITS.exposureEndedMs)
    expect(ids(exposures.list())).toEqual(['c online'])
    exposures.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('all end with the server, those too that were just being opened', async () => {
    const { exposures, opened } = rig()
    await exposures.expose(asks('a', { ttlMs: 1000 }))
    const late = codeOf(() => exposures.expose(asks('b')))
    exposures.close()
    expect(await late).toBe('EXPOSURE_UNKNOWN')
    expect(opened.every(({ status }) => status === 'closed')).toBe(true)
    expect(exposures.list()).toEqual([])
  })
})
