/** Proves managed tunnels: who is refused, what is answered once and again, how they end, and what survives a supervisor. */
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog } from '@towline/base'
import { AppError } from '@towline/protocol'
import { eventually, unusedPort } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDaemon } from './daemon.ts'
import type { ExposeRequest } from './local-tunnel.ts'
import { type Local, openLocal, URL_OF_SERVER } from './local.fixture.ts'
import { openSupervisor } from './supervisor.ts'

let local: Local
beforeEach(async () => {
  local = await openLocal({ localTunnels: 4 })
})
afterEach(() => local[Symbol.asyncDispose]())

const expose = (more: Partial<ExposeRequest> = {}) => local.supervisor.exposeLocal({ port: local.port, ...more })

describe('local expose: refusals', () => {
  it('local expose: refuses a port nobody listens on before any tunnel exists', async () => {
    verifies('mcp.local.expose')
    const port = await unusedPort()
    await expect(expose({ port })).rejects.toMatchObject({
      code: 'PORT_SILENT',
      details: { address: `localhost:${port}`, problem: 'nothing listens there' },
    })
    expect([local.tunnels, await local.supervisor.listLocal()]).toEqual([[], []])
  })

  it.each<readonly [Partial<ExposeRequest>, string]>([
    [{ name: 'Bad Name' }, 'NAME_INVALID'],
    [{ name: 'www' }, 'NAME_RESERVED'],
    [{ labels: { 'a=b': 'c' } }, 'LABEL_INVALID'],
    [{ host: 'a b' }, 'TARGET_INVALID'],
    [{ ttlSeconds: 10_000_000 }, 'OPTION_INVALID'],
    [{ context: 'gone' }, 'CONTEXT_MISSING'],
    [{ port: 0 }, 'REQUEST_INVALID'],
    [{ id: '../x' }, 'REQUEST_INVALID'],
    [{ nope: 1 } as Partial<ExposeRequest>, 'REQUEST_INVALID'],
  ])('local expose: refuses %j with %s', async (request, code) => {
    await expect(expose(request)).rejects.toMatchObject({ code })
    expect(local.tunnels).toEqual([])
  })

  it('local expose: names the field that is wrong', async () => {
    await expect(expose({ labels: { a: 1 } as never })).rejects.toMatchObject({
      details: { problem: expect.stringMatching(/^request\.labels\.a: /) },
    })
  })

  it('local expose: refuses more tunnels than fit, and another one under an id or name that is taken', async () => {
    await expose({ id: 'a', name: 'web' })
    await expect(expose({ id: 'a', name: 'other' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
    await expect(expose({ id: 'b', name: 'web', publish: false })).rejects.toMatchObject({
      code: 'LOCAL_NAME_HELD',
      details: { id: 'a', name: 'web' },
    })
    for (const id of ['b', 'c', 'd']) await expose({ id })
    await expect(expose()).rejects.toMatchObject({
      code: 'LIMIT_REACHED',
      details: { limit: 'localTunnels', value: 4 },
    })
    expect(await expose({ id: 'd' })).toMatchObject({ id: 'd' })
  })

  it("local expose: tells the server's own refusal, and keeps nothing", async () => {
    verifies('mcp.local.expose')
    local.onTunnel = (tunnel) => tunnel.fail(new AppError('NAME_TAKEN', { name: 'web' }))
    await expect(expose({ name: 'web' })).rejects.toMatchObject({ code: 'NAME_TAKEN', details: { name: 'web' } })
    expect(await local.supervisor.listLocal({ all: true })).toEqual([])
  })
})

describe('local expose: answers', () => {
  it('local expose: answers once it is online, with all that is needed to use and end it', async () => {
    verifies('mcp.local.expose')
    const told = await expose({ name: 'web', labels: { purpose: 'review' }, ttlSeconds: 60, tokenAuth: true })
    expect(told).toEqual({
      ...{ id: expect.stringMatching(/^lcl_/), status: 'online', url: URL_OF_SERVER.replace('//', '//web.') },
      ...{ tunnelId: expect.stringMatching(/^tun_/), name: 'web', kind: 'http', port: local.port },
      ...{ target: `localhost:${local.port}`, labels: { purpose: 'review' }, server: URL_OF_SERVER, context: 'dev' },
      ...{ createdAt: 1_800_000_000, expiresAt: 1_800_000_060, reconnects: 0 },
    })
    expect(local.tunnels[0]?.request).toMatchObject({
      connection: { url: URL_OF_SERVER, token: 'tow_secret-of-the-context', context: 'dev' },
      spec: { kind: 'http', name: 'web', labels: { purpose: 'review' }, tokenAuth: true },
    })
    expect(await local.supervisor.listLocal()).toEqual([told])
  })

  it.each<readonly [Partial<ExposeRequest>, object, object]>([
    [{ publish: false, protocol: 'tcp' }, { kind: 'private' }, { secure: false }],
    [{ publish: false, protocol: 'https' }, { kind: 'private' }, { secure: true }],
    [{ protocol: 'https' }, { kind: 'http' }, { secure: true }],
    [{ protocol: 'h2c' }, { kind: 'http', httpVersion: 'h2c' }, { secure: false }],
    [{ protocol: 'tcp', publicPort: 9000 }, { kind: 'tcp', port: 9000 }, { secure: false }],
    [{ protocol: 'tls', tlsMode: 'passthrough' }, { kind: 'tls', tlsMode: 'passthrough' }, {}],
    [{ trustedIps: ['10.0.0.0/8'], surface: 'mcp' }, { trustedIps: ['10.0.0.0/8'], surface: 'mcp' }, {}],
  ])('local expose: %j asks for %j', async (request, spec, target) => {
    await expose(request)
    expect(local.tunnels[0]?.request).toMatchObject({ spec, target })
  })

  it('local expose: starts nothing twice for the same id or name, also when several ask at once', async () => {
    verifies('mcp.local.expose')
    const asked = { id: 'once', name: 'web' }
    const all = await Promise.all(Array.from({ length: 12 }, () => expose(asked)))
    expect(new Set(all.map((told) => JSON.stringify(told))).size).toBe(1)
    expect(await expose({ name: 'web' })).toEqual(all[0])
    expect(local.tunnels.length).toBe(1)
  })

  it('local expose: takes a token of the asker, and writes it nowhere', async () => {
    const env = { ...local.env, TOWLINE_URL: 'http://127.0.0.1:2', TOWLINE_TOKEN: 'tow_from-the-environment' }
    const asker = openSupervisor({ env, program: [], agent: 'towline-test/1' })
    await asker.exposeLocal({ port: local.port, name: 'env' })
    expect(local.tunnels[0]?.request.connection).toEqual({
      url: 'http://127.0.0.1:2',
      token: 'tow_from-the-environment',
    })
    for (const file of ['state.json', 'where.json'])
      expect(await readFile(join(local.home, 'local', file), 'utf8')).not.toContain('tow_')
  })

  it('local expose: ends what nobody waits for any more before it was online', async () => {
    const leaving = new AbortController()
    local.onTunnel = () => leaving.abort()
    const asked = local.supervisor.exposeLocal({ port: local.port }, { signal: leaving.signal })
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' })
    const [tunnel] = local.tunnels
    await new Promise<void>((done) => {
      if (tunnel?.request.signal.aborted) return done()
      tunnel?.request.signal.addEventListener('abort', () => done())
    })
    expect(await local.supervisor.listLocal({ all: true })).toEqual([])
  })
})

describe('local expose: what takes long', () => {
  it('local expose: gives up what is not online in time, and tells why', async () => {
    await using slow = await openLocal({ localOnlineMs: 30 })
    slow.onTunnel = () => undefined
    await expect(slow.supervisor.exposeLocal({ port: slow.port })).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
    expect(slow.tunnels[0]?.request.signal.aborted).toBe(true)
    expect(await slow.supervisor.listLocal({ all: true })).toEqual([])
  })

  it('local expose: is cancelled when it is stopped before it was online', async () => {
    const asked = new Promise<void>((done) => {
      local.onTunnel = () => done()
    })
    const answer = expect(expose({ id: 'x' })).rejects.toMatchObject({ code: 'CALL_CANCELLED' })
    await asked
    expect(await local.supervisor.listLocal()).toMatchObject([{ id: 'x', status: 'opening' }])
    expect(await local.supervisor.stopLocal('x')).toMatchObject({ was: 'opening' })
    await answer
  })
})

describe('local tunnels: how they stand and end', () => {
  it('local tunnels: tell breaks with their reason, and the way back', async () => {
    const { id } = await expose({ name: 'web' })
    const error = new AppError('SERVER_UNREACHABLE', { url: 'x', problem: 'gone' })
    local.tunnels[0]?.tell({ status: 'disconnected', error })
    expect(await local.supervisor.listLocal()).toMatchObject([
      { id, status: 'reconnecting', code: 'SERVER_UNREACHABLE', reason: error.message },
    ])
    local.tunnels[0]?.tell({ status: 'online', reconnects: 1 })
    const [back] = await local.supervisor.listLocal()
    expect(back).toMatchObject({ id, status: 'online', reconnects: 1 })
    expect(back).not.toHaveProperty('reason')
  })

  it('local tunnels: that the server ends for good are failed, with its reason', async () => {
    await expose({ id: 'x' })
    local.tunnels[0]?.fail(new AppError('TUNNEL_CUT', { name: 'web', by: 'admin', reason: 'too loud' }))
    await new Promise((done) => setImmediate(done))
    expect(await local.supervisor.listLocal()).toMatchObject([
      { id: 'x', status: 'failed', code: 'TUNNEL_CUT', reason: expect.stringContaining('too loud') },
    ])
  })

  it('local tunnels: stop by id, again and again, by name while they live, and never one that is unknown', async () => {
    verifies('mcp.local.list-stop')
    const { tunnelId } = await expose({ id: 'x', name: 'web' })
    expect(await local.supervisor.stopLocal('web')).toEqual({
      ...{ stopped: true, id: 'x', was: 'online', name: 'web', tunnelId },
    })
    expect(local.tunnels[0]?.request.signal.aborted).toBe(true)
    expect(await local.supervisor.stopLocal('x')).toMatchObject({ stopped: true, was: 'stopped' })
    expect(await local.supervisor.listLocal()).toEqual([])
    expect(await local.supervisor.listLocal({ all: true })).toMatchObject([{ id: 'x', status: 'stopped' }])
    await expect(local.supervisor.stopLocal('web')).rejects.toMatchObject({ code: 'LOCAL_UNKNOWN' })
    expect(await expose({ id: 'x', name: 'other' })).toMatchObject({ id: 'x', name: 'other' })
  })

  it('local tunnels: end by themselves when their time is over, stay listed for a while, then are forgotten', async () => {
    verifies('mcp.local.ttl')
    await expose({ id: 'x', ttlSeconds: 60 })
    await expose({ id: 'forever' })
    local.now += 59_999
    await local.daemon.sweep()
    expect(local.tunnels[0]?.request.signal.aborted).toBe(false)
    local.now += 1
    await local.daemon.sweep()
    expect(local.tunnels.map(({ request }) => request.signal.aborted)).toEqual([true, false])
    const listed = (await local.supervisor.listLocal()).map(({ id, status }) => [id, status])
    expect(listed).toEqual([
      ['forever', 'online'],
      ['x', 'expired'],
    ])
    expect(await local.supervisor.stopLocal('x')).toMatchObject({ stopped: true, was: 'expired' })
    local.now += local.limits.localEndedSeconds * 1000
    await local.daemon.sweep()
    await expect(local.supervisor.stopLocal('x')).rejects.toMatchObject({ code: 'LOCAL_UNKNOWN' })
  })
})

describe('local tunnels: whose time is over', () => {
  it('local tunnels: end without anybody asking', async () => {
    verifies('mcp.local.ttl')
    await using own = await openLocal({ localSweepMs: 1 })
    await own.supervisor.exposeLocal({ port: own.port, ttlSeconds: 60 })
    own.now += 60_000
    const ended = () => (own.tunnels[0]?.request.signal.aborted ? true : undefined)
    await eventually('the end of its time', ended)
    expect(await own.supervisor.listLocal()).toMatchObject([{ status: 'expired' }])
  })
})

describe('local tunnels: what survives a supervisor', () => {
  it('local tunnels: are lost with their supervisor, with the reason, and are not exposed again', async () => {
    verifies('mcp.local.list-stop')
    await expose({ id: 'x', name: 'web' })
    await local.daemon.close('the machine shuts down')
    expect(await local.daemon.over).toBe('the machine shuts down')
    const gone = { id: 'x', name: 'web', status: 'lost', reason: 'the machine shuts down' }
    expect(await local.supervisor.listLocal()).toMatchObject([gone])
    await local.again()
    expect(await local.supervisor.listLocal()).toMatchObject([gone])
    expect(local.tunnels.length).toBe(1)
    expect(await local.supervisor.stopLocal('x')).toMatchObject({ stopped: true, was: 'lost' })
    expect(await local.supervisor.listLocal()).toEqual([])
  })

  it('local tunnels: that were lost are over when they are exposed again', async () => {
    await expose({ id: 'x', name: 'web' })
    await expose({ id: 'y', name: 'other' })
    await local.daemon.close()
    await local.again()
    await expose({ id: 'z', name: 'web' })
    expect((await local.supervisor.listLocal()).map(({ id, status }) => [id, status])).toEqual([
      ['z', 'online'],
      ['y', 'lost'],
    ])
  })

  it('local tunnels: that were lost can be stopped without a supervisor', async () => {
    verifies('mcp.local.list-stop')
    await expose({ id: 'x' })
    await expose({ id: 'y' })
    await local.daemon.close()
    expect(await local.supervisor.stopLocal('x')).toMatchObject({ was: 'lost' })
    expect(await local.supervisor.stopLocal('x')).toMatchObject({ was: 'stopped' })
    await expect(local.supervisor.stopLocal('z')).rejects.toMatchObject({ code: 'LOCAL_UNKNOWN' })
    expect(await local.supervisor.stopAllLocal()).toMatchObject([{ id: 'y', was: 'lost' }])
    expect(await local.supervisor.listLocal()).toEqual([])
  })

  it('local supervisor: looks and stops without starting one', async () => {
    await local.daemon.close()
    expect(await local.supervisor.listLocal()).toEqual([])
    expect(await local.supervisor.listApprovals()).toEqual([])
    expect(await local.supervisor.stopAllLocal()).toEqual([])
    await expect(local.supervisor.useApproval('apl_x', 'f')).rejects.toMatchObject({ code: 'APPROVAL_INVALID' })
    await expect(local.supervisor.decideApproval('apl_x', 'approved', 'me')).rejects.toMatchObject({
      code: 'APPROVAL_UNKNOWN',
    })
  })
})

describe('local supervisor: one for a user', () => {
  it('local supervisor: lets no second one in, and is for its user alone', async () => {
    const { env } = local
    expect(await openDaemon({ env, agent: 'x', log: silentLog() })).toBeUndefined()
    const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)
    expect([await modeOf(join(local.home, 'local')), await modeOf(local.daemon.socket)]).toEqual(['700', '600'])
  })

  it('local supervisor: ends when it was idle for long, not while it keeps something', async () => {
    await expose({ id: 'x' })
    local.now += local.limits.localIdleMs * 2
    await local.daemon.sweep()
    await local.supervisor.stopLocal('x')
    await local.supervisor.askApproval(question)
    local.now += 600_000 - 1
    await local.daemon.sweep()
    expect(await local.supervisor.listApprovals()).toHaveLength(1)
    let ended: string | undefined
    void local.daemon.over.then((reason) => (ended = reason))
    // The supervisor hears a little later that its last caller left.
    const idle = async (): Promise<string | undefined> => {
      local.now += local.limits.localIdleMs
      await local.daemon.sweep()
      return ended
    }
    expect(await eventually('its end', idle)).toBe('it was idle')
  })

  it('local supervisor: ends when its folder is gone, and makes no new one', async () => {
    await expose({ id: 'x' })
    await rm(join(local.home, 'local'), { recursive: true })
    await local.daemon.sweep()
    await local.daemon.over
    expect(local.tunnels[0]?.request.signal.aborted).toBe(true)
    await expect(stat(join(local.home, 'local'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

const question = {
  ...{ tool: 'towline_webtty_exec', fingerprint: 'f1', summary: 'restart nginx', request: '{"argv":["x"]}' },
  ...{ agent: 'codex', thread: 't1', secondsToLive: 600 },
}

describe('local approvals', () => {
  it('local approvals: are bound to their call, used once, and the same call that waits gets the same one', async () => {
    const { supervisor } = local
    const { id, expiresAt } = await supervisor.askApproval(question)
    expect([id, expiresAt]).toEqual([expect.stringMatching(/^apl_/), 1_800_000_600])
    expect(await supervisor.askApproval(question)).toMatchObject({ id })
    expect((await supervisor.askApproval({ ...question, fingerprint: 'f2' })).id).not.toBe(id)
    expect(await supervisor.useApproval(id, 'f1')).toEqual({ status: 'waiting', expiresAt })
    expect(await supervisor.decideApproval(id, 'approved', 'ada')).toMatchObject({ status: 'approved', by: 'ada' })
    await expect(supervisor.useApproval(id, 'f2')).rejects.toMatchObject({ code: 'APPROVAL_INVALID' })
    expect(await supervisor.useApproval(id, 'f1')).toEqual({ status: 'approved', by: 'ada' })
    await expect(supervisor.useApproval(id, 'f1')).rejects.toMatchObject({ code: 'APPROVAL_INVALID' })
  })

  it('local approvals: stay refused, and a new question gets a new id', async () => {
    const { supervisor } = local
    const { id } = await supervisor.askApproval(question)
    await supervisor.decideApproval(id, 'refused', 'ada')
    await expect(supervisor.useApproval(id, 'f1')).rejects.toMatchObject({ code: 'APPROVAL_REFUSED' })
    await expect(supervisor.decideApproval(id, 'approved', 'x')).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' })
    expect(await supervisor.listApprovals()).toEqual([])
    expect((await supervisor.askApproval(question)).id).not.toBe(id)
  })

  it('local approvals: expire whether they were allowed or not', async () => {
    const { supervisor } = local
    const { id } = await supervisor.askApproval(question)
    await supervisor.decideApproval(id, 'approved', 'ada')
    local.now += 600_000
    await expect(supervisor.useApproval(id, 'f1')).rejects.toMatchObject({ code: 'APPROVAL_INVALID' })
    expect(await supervisor.listApprovals()).toEqual([])
  })

  it('local approvals: are bounded', async () => {
    const { supervisor, limits } = local
    for (let at = 0; at < limits.localApprovals; at++)
      await supervisor.askApproval({ ...question, fingerprint: `g${at}` })
    await expect(supervisor.askApproval(question)).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
  })
})
