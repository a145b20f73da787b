/** Proves managed tunnels by real processes: they outlive who asked, and what becomes of them when something dies. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LocalStopped, type LocalTunnel, openSupervisor, type Supervisor } from '@towline/operations'
import {
  eventually,
  openHttpService,
  type Service,
  startUp,
  towline,
  unusedPort,
  type Up,
  verifies,
  visit,
} from '@towline/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { endSupervisor, gone, json, pidOf, refusal } from './local.fixture.ts'

describe('local supervisor', () => {
  let up: Up
  let service: Service

  beforeAll(async () => {
    up = await startUp()
    service = await openHttpService((request, response) => response.end(`hello ${request.url}`))
  })
  afterEach(async () => {
    await up.run(['local', 'stop', '--all'])
    await endSupervisor(up)
  })
  afterAll(async () => {
    await up?.close()
    await service?.close()
  })

  const expose = (...words: readonly string[]): Promise<LocalTunnel> =>
    json<LocalTunnel>(up, 'local', 'expose', String(service.port), ...words)
  const list = (...words: readonly string[]): Promise<readonly LocalTunnel[]> => json(up, 'local', 'list', ...words)
  const stop = (id: string): Promise<LocalStopped> => json(up, 'local', 'stop', id)

  it('refuses a port nobody listens on, and looks without starting a supervisor', async () => {
    verifies('mcp.local.expose')
    expect(await list()).toEqual([])
    expect(() => pidOf(up)).toThrow('ENOENT')
    const silent = String(await unusedPort())
    expect(await refusal(up, 'local', 'expose', silent)).toBe('PORT_SILENT')
    expect(await json(up, 'tunnel', 'list')).toEqual([])
  })

  it('exposes a port that goes on when the command has ended, and stops it by its id', async () => {
    verifies('mcp.local.expose', 'mcp.local.list-stop', 'mcp.local.ttl')
    const told = await expose('--name', 'kept', '--label', 'purpose=review', '--ttl', '1h')
    expect(told).toMatchObject({ status: 'online', name: 'kept', labels: { purpose: 'review' } })
    expect(told.expiresAt).toBe(told.createdAt + 3600)
    expect(await visit({ to: String(told.url), path: '/a' })).toMatchObject({ status: 200, body: 'hello /a' })
    expect(await json(up, 'tunnel', 'list')).toMatchObject([{ id: told.tunnelId, labels: { purpose: 'review' } }])
    expect(await list()).toEqual([told])
    expect(await stop(told.id)).toMatchObject({ stopped: true, was: 'online' })
    expect(await json(up, 'tunnel', 'list')).toEqual([])
    expect(await stop(told.id)).toMatchObject({ stopped: true, was: 'stopped' })
  })

  it('makes a private one, and several at once', async () => {
    const asked = ['a', 'b', 'c'].map((name) => expose('--name', name, '--no-publish'))
    const urls = (await Promise.all(asked)).map(({ url }) => url)
    expect(urls).toEqual(['tow://a', 'tow://b', 'tow://c'])
    expect((await list()).length).toBe(3)
    const stopped = await json<readonly LocalStopped[]>(up, 'local', 'stop', '--all')
    expect(stopped.map(({ was }) => was)).toEqual(['online', 'online', 'online'])
  })

  it('lists what was lost with a killed supervisor, exposes nothing by itself, and lets it be stopped', async () => {
    verifies('mcp.local.list-stop')
    const { id } = await expose('--name', 'killed')
    const pid = pidOf(up)
    process.kill(pid, 'SIGKILL')
    await gone(pid)
    const lost = { id, status: 'lost', reason: expect.stringContaining('killed or crashed') }
    expect(await list()).toMatchObject([lost])
    const other = await expose('--name', 'other')
    expect((await list()).map(({ name, status }) => [name, status])).toEqual([
      ['other', 'online'],
      ['killed', 'lost'],
    ])
    expect(await stop(id)).toMatchObject({ stopped: true, was: 'lost' })
    expect((await list()).map((tunnel) => tunnel.id)).toEqual([other.id])
  })

  it('ends its tunnels in order at SIGTERM, and says that they were lost', async () => {
    const { id, tunnelId } = await expose('--name', 'ended')
    await endSupervisor(up)
    expect(await list()).toMatchObject([
      { id, tunnelId, status: 'lost', reason: expect.stringContaining('told to end') },
    ])
    expect(await json(up, 'tunnel', 'list')).toEqual([])
  })

  it('comes back with its tunnels when the server restarts', async () => {
    verifies('mcp.local.list-stop')
    const { id, url } = await expose('--name', 'back')
    await up.server.stop()
    await eventually('the break', async () => ((await list())[0]?.status === 'reconnecting' ? true : undefined))
    await up.again()
    const back = await eventually('the way back', async () => (await list()).find(({ status }) => status === 'online'))
    expect(back).toMatchObject({ id, url, reconnects: 1 })
    expect(await visit({ to: String(url) })).toMatchObject({ status: 200 })
  })

  it('is one, however many ask for it at once', async () => {
    const log = join(up.folder.path, 'local', 'log')
    const begun = (): number => (existsSync(log) ? readFileSync(log, 'utf8') : '').split('"supervising"').length
    const before = begun()
    const name = (at: number): string => `crowd-${at % 5}`
    const supervisor = (): Supervisor => openSupervisor({ env: up.env, program: towline(), agent: 'towline-cli/0.1.0' })
    const request = { port: service.port, protocol: 'http', publish: false } as const
    const calls = Array.from({ length: 46 }, (_, at) => supervisor().exposeLocal({ ...request, name: name(at) }))
    const commands = Array.from({ length: 4 }, (_, at) => expose('--name', name(at), '--no-publish'))
    const all = await Promise.all([...calls, ...commands])
    expect(new Set(all.map(({ id }) => id)).size).toBe(5)
    expect(begun()).toBe(before + 1)
    expect((await list()).length).toBe(5)
  }, 120_000)
})
