/** Proves what logs, usage and the audit trail tell, to whom, and that nothing of one project shows in another. */
import { LIMITS, type LogEntry } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toLogRow } from '../log/log-rows.ts'
import { addLogRows } from '../log/log-store.ts'
import { addProject } from '../project/project-store.ts'
import { addUsage } from '../usage/usage-store.ts'
import { type ApiFixture, NOW, openApiFixture, type Person } from './api.fixture.ts'

let fixture: ApiFixture
let owner: Person
beforeEach(async () => {
  fixture = await openApiFixture()
  owner = await fixture.person('owner')
})
afterEach(() => fixture.close())

const get = (path: string, token = owner.token) => fixture.ask('GET', path, { token })

describe('control api logs', () => {
  const log = (...entries: readonly Partial<LogEntry>[]) =>
    addLogRows(
      fixture.db,
      entries.map((entry) => toLogRow({ projectId: fixture.project.id, at: NOW, kind: 'request', ...entry }, LIMITS)),
    )

  it('tells them by time, tunnel, kind and label, newest first and in pages', async () => {
    verifies('project.logs')
    await log(
      { at: NOW - 30, tunnel: 'old' },
      { at: NOW - 20, tunnel: 'web', tunnelId: 'tun_1', labels: { env: 'prod', team: 'a' } },
      { at: NOW - 10, tunnel: 'web', kind: 'lifecycle', message: 'opened' },
      { projectId: 'prj_other', at: NOW - 5, tunnel: 'web' },
    )
    const times = async (query: string) => {
      const { body } = await get(`/projects/demo/logs?${query}`)
      return body.entries.map(({ at }: LogEntry) => at - NOW)
    }
    expect(await times('')).toEqual([-10, -20, -30])
    expect(await times(`since=${NOW - 20}&until=${NOW - 10}`)).toEqual([-20])
    expect(await times('tunnel=web')).toEqual([-10, -20])
    expect(await times('tunnel=tun_1')).toEqual([-20])
    expect(await times('kind=lifecycle')).toEqual([-10])
    expect(await times('labels=env%3Dprod,team%3Da')).toEqual([-20])
    expect(await times('labels=env%3Dtest')).toEqual([])
    const first = await get('/projects/demo/logs?limit=2')
    const second = await get(`/projects/demo/logs?limit=2&cursor=${first.body.next}`)
    expect([first.body.entries.length, second.body.entries.length, second.body.next]).toEqual([2, 1, undefined])
  })

  it('refuses queries that cannot be read', async () => {
    for (const query of ['limit=0', 'limit=201', 'since=now', 'labels=prod', 'kind=all', 'what=1', 'limit=1&limit=2']) {
      const { status, body } = await get(`/projects/demo/logs?${query}`)
      expect([query, status, body.code]).toEqual([query, 400, 'REQUEST_INVALID'])
    }
  })
})

describe('control api usage', () => {
  it('tells sums by hour and by day, and their totals', async () => {
    verifies('project.usage')
    const hour = Math.floor(NOW / 3600) * 3600
    const use = (at: number, metric: 'requests' | 'bytes', value: number) => ({
      projectId: fixture.project.id,
      at,
      metric,
      value,
    })
    await addUsage(fixture.db, [use(hour - 7200, 'requests', 1)])
    await addUsage(fixture.db, [use(hour, 'requests', 2), use(hour, 'bytes', 10)])
    const { body } = await get('/projects/demo/usage?per=hour')
    expect(body).toMatchObject({ per: 'hour', until: NOW + 1, totals: { requests: 3, bytes: 10 } })
    expect(body.sums).toEqual([
      { at: hour - 7200, metric: 'requests', value: 1 },
      { at: hour, metric: 'bytes', value: 10 },
      { at: hour, metric: 'requests', value: 2 },
    ])
    expect((await get('/projects/demo/usage')).body.totals).toEqual({ requests: 3, bytes: 10 })
  })

  it('refuses spans that are empty or too long', async () => {
    for (const query of [`since=${NOW}&until=${NOW}`, `since=0&until=${NOW}`]) {
      expect((await get(`/projects/demo/usage?${query}`)).body.code).toBe('REQUEST_INVALID')
    }
  })
})

describe('control api audit', () => {
  it('keeps refused changes too, with their code and who asked', async () => {
    verifies('audit.log')
    const viewer = await fixture.person('viewer')
    await fixture.ask('DELETE', '/projects/demo', { token: viewer.token })
    const { body } = await get(`/audit?workspaceId=${fixture.workspaceId}`)
    expect(body.records).toEqual([])
    const own = await fixture.ask('DELETE', '/projects/demo', {
      token: (await fixture.person('owner', { permissions: ['projects.read'] })).token,
    })
    expect(own.body.code).toBe('FORBIDDEN')
    await fixture.deps.flush()
    const rows = await fixture.db.selectFrom('audit').select(['action', 'decision', 'code', 'user_id']).execute()
    expect(rows).toEqual([
      { action: 'projects.delete', decision: 'refused', code: 'FORBIDDEN', user_id: viewer.userId },
      { action: 'projects.delete', decision: 'refused', code: 'FORBIDDEN', user_id: expect.any(String) },
    ])
  })

  it('shows a project credential its project only, and asks a login to name what it means', async () => {
    verifies('audit.log')
    const { db, workspaceId, credential } = fixture
    const other = await addProject(db, { workspaceId, slug: 'other', now: NOW })
    for (const project of ['demo', 'other']) {
      await fixture.ask('PATCH', `/projects/${project}`, { token: owner.token, body: { name: `new ${project}` } })
    }
    const { token } = await credential()
    const names = async (path: string, as = token) =>
      (await get(path, as)).body.records?.map(({ details }: { details: { name: string } }) => details.name)
    expect(await names('/audit')).toEqual(['new demo'])
    expect(await names(`/audit?workspaceId=${workspaceId}`, owner.token)).toEqual(['new other', 'new demo'])
    expect((await get(`/audit?workspaceId=${workspaceId}`, token)).body.code).toBe('LOGIN_NEEDED')
    expect((await get(`/audit?projectId=${other.id}`, token)).body.code).toBe('NOT_FOUND')
    expect((await get('/audit')).body.code).toBe('REQUEST_INVALID')
  })

  it('exports oldest first and goes on from its cursor', async () => {
    verifies('audit.log')
    const rename = (name: string) => fixture.ask('PATCH', '/projects/demo', { token: owner.token, body: { name } })
    for (const name of ['a', 'b', 'c']) await rename(name)
    fixture.clock.ms += 5_000
    const take = async (cursor?: string) =>
      (await get(`/audit/export?projectId=demo&limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`)).body
    const first = await take()
    const second = await take(first.cursor)
    const names = [first, second].map(({ records }) =>
      records.map(({ details }: { details: { name: string } }) => details.name),
    )
    expect(names).toEqual([['a', 'b'], ['c']])
    await rename('d')
    expect((await take(second.cursor)).records).toEqual([])
    fixture.clock.ms += 5_000
    expect((await take(second.cursor)).records).toMatchObject([{ details: { name: 'd' } }])
  })
})
