/** Owns what stores must do with idempotency keys, audit records, usage and logs. */
import { randomText, silentLog } from '@towline/base'
import { type AuditRecord, LIMITS, type LogEntry } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { toAuditRow } from '../../audit/audit-rows.ts'
import { addAudit, addAuditRows, exportAudit, listAudit, trimAudit } from '../../audit/audit-store.ts'
import { deleteOldKeys, once } from '../../idempotency/idempotency-store.ts'
import { deleteOldLogs, listLogs } from '../../log/log-store.ts'
import { RequestLog } from '../../log/request-log.ts'
import { addProject, countProjects } from '../../project/project-store.ts'
import { UsageMeter } from '../../usage/usage-meter.ts'
import { addUsage, deleteOldUsage, readUsage } from '../../usage/usage-store.ts'
import { inTransaction } from '../transaction.ts'
import { allPages, type Db, NOW, refused, someSlug, someWorld } from './world.fixture.ts'

export const records = (db: Db): void => {
  describe('idempotency', () => {
    const call = (body: unknown) => ({ principal: 'usr_1', op: 'create', key: randomText(8), body, now: NOW })

    it('refuses a key with another body, and does the same call once', async () => {
      verifies('project.create.idempotent')
      const { workspaceId } = await someWorld(db())
      const one = call({ a: 1, b: [{ c: 2, d: 3 }] })
      const slug = someSlug()
      const make = (body = one.body) =>
        once(db(), { ...one, body }, async (step) => (await addProject(step, { workspaceId, slug, now: NOW })).id)
      const first = await make()
      expect(await make({ b: [{ d: 3, c: 2 }], a: 1 }), 'the order of keys').toEqual({ ...first, replayed: true })
      expect(await refused(make({ a: 1, b: [] }))).toBe('IDEMPOTENCY_CONFLICT')
      expect(await countProjects(db(), workspaceId)).toBe(2)
    })

    it('does one of many calls at once, and tells all the same', async () => {
      verifies('project.create.idempotent')
      const one = call({})
      let done = 0
      const tries = Array.from({ length: 6 }, () => once(db(), one, async () => ({ done: ++done })))
      const answers = await Promise.all(tries)
      expect(answers.map(({ response }) => response)).toEqual(Array.from({ length: 6 }, () => ({ done: 1 })))
      expect(answers.filter(({ replayed }) => !replayed).length).toBe(1)
    })

    it('keeps nothing of a call that failed, and keeps keys of others and other operations apart', async () => {
      const { workspaceId } = await someWorld(db())
      const one = call({})
      const fail = once(db(), one, async (step) => {
        await addProject(step, { workspaceId, slug: someSlug(), now: NOW })
        throw new Error('failed')
      })
      await expect(fail).rejects.toThrow('failed')
      expect(await countProjects(db(), workspaceId)).toBe(1)
      const others = [one, { ...one, principal: 'usr_2' }, { ...one, op: 'delete' }]
      const answers = await Promise.all(others.map((other, at) => once(db(), other, async () => at)))
      expect(answers.map(({ response }) => response)).toEqual([0, 1, 2])
      await deleteOldKeys(db(), NOW)
      expect((await once(db(), one, async () => 9)).response).toBe(0)
      await deleteOldKeys(db(), NOW + 1)
      expect((await once(db(), one, async () => 9)).response).toBe(9)
    })
  })

  describe('audit', () => {
    const at = { ms: NOW * 1000, limits: LIMITS }
    const record = (projectId: string, more: Partial<AuditRecord> = {}): AuditRecord => ({
      at: NOW,
      action: 'project.rename',
      decision: 'allowed',
      projectId,
      ...more,
    })

    it('keeps who, what, target and decision, and shows them by each', async () => {
      verifies('audit.log')
      const { project, workspaceId, owner } = await someWorld(db())
      const full = record(project.id, {
        credentialId: `crd_${project.id}`,
        target: 'x',
        code: 'FORBIDDEN',
        requestId: 'req_1',
        workspaceId,
        userId: owner.id,
        agent: 'codex',
        details: { from: 'a', to: { deep: 'ü' } },
      })
      await addAudit(db(), full, at)
      const other = await someWorld(db())
      const theirs = { workspaceId: other.workspaceId, userId: other.owner.id, credentialId: 'crd_theirs' }
      await addAudit(db(), record(other.project.id, theirs), at)
      for (const query of [
        { projectId: project.id },
        { workspaceId },
        { userId: owner.id },
        { credentialId: full.credentialId },
        { workspaceId, since: NOW, until: NOW + 1 },
      ]) {
        expect(await listAudit(db(), { ...query, limit: 5 })).toEqual({ items: [full] })
      }
      for (const query of [{ projectId: 'prj_none' }, { since: NOW + 1 }, { until: NOW }]) {
        expect((await listAudit(db(), { workspaceId, ...query, limit: 5 })).items).toEqual([])
      }
    })

    it('shows a workspace what names it and what names only a project of it, in one order, page by page', async () => {
      verifies('audit.log')
      const { project, workspaceId } = await someWorld(db())
      const other = await someWorld(db())
      const add = (n: number, projectId: string, more: Partial<AuditRecord>) =>
        addAudit(db(), record(projectId, { at: NOW + n, ...more }), { ...at, ms: (NOW + n) * 1000 })
      const places = [{ workspaceId }, {}, { workspaceId }, {}, {}]
      for (const [n, place] of places.entries()) {
        await add(n, project.id, place)
        await add(n, other.project.id, n === 1 ? { workspaceId: other.workspaceId } : {})
      }
      const { items } = await allPages((cursor) => listAudit(db(), { workspaceId, limit: 2, cursor }))
      expect(items.map((found) => [found.at - NOW, found.projectId])).toEqual(
        [4, 3, 2, 1, 0].map((n) => [n, project.id]),
      )
      const exported = await exportAudit(db(), { workspaceId, limit: 3, limits: LIMITS, ms: (NOW + 60) * 1000 })
      expect(exported.items.map((found) => found.at - NOW)).toEqual([0, 1, 2])
    })

    it('is there if and only if what it tells of is', async () => {
      verifies('audit.log')
      const { project } = await someWorld(db())
      const fail = inTransaction(db(), async (step) => {
        await addAudit(step, record(project.id), at)
        throw new Error('failed')
      })
      await expect(fail).rejects.toThrow('failed')
      expect((await listAudit(db(), { projectId: project.id, limit: 5 })).items).toEqual([])
    })

    it('exports oldest first, goes on where it ended, and waits for what is young', async () => {
      verifies('audit.log')
      const { project } = await someWorld(db())
      const add = (n: number) => addAudit(db(), record(project.id, { at: NOW + n }), { ...at, ms: (NOW + n) * 1000 })
      for (const n of [0, 1, 2]) await add(n)
      const take = async (cursor: string | undefined, seconds: number) => {
        const query = { projectId: project.id, limit: 2, cursor, limits: LIMITS, ms: (NOW + seconds) * 1000 }
        const { items, cursor: next } = await exportAudit(db(), query)
        return [items.map((one) => one.at - NOW), next] as const
      }
      const [first, one] = await take(undefined, 3)
      const [none, two] = await take(one, 3)
      await add(3)
      const [rest, three] = await take(two, 60)
      expect([first, none, rest]).toEqual([[0, 1], [], [2, 3]])
      expect([one, two]).toEqual([one, one])
      expect((await take(three, 60))[0]).toEqual([])
      const { items } = await allPages((cursor) => listAudit(db(), { projectId: project.id, limit: 3, cursor }))
      expect(items.map((found) => found.at - NOW)).toEqual([3, 2, 1, 0])
    })

    it('takes hostile texts, and cuts long ones', async () => {
      const { project } = await someWorld(db())
      const hostile = '\0\u001b[31m\'";--\ud800'
      const long = { text: `\0${'"'.repeat(10_000)}` }
      await addAudit(db(), record(project.id, { target: hostile, agent: 'x'.repeat(9999), details: long }), at)
      const [kept] = (await listAudit(db(), { projectId: project.id, limit: 1 })).items
      expect(kept?.target).toBe('\ufffd\ufffd[31m\'";--\ufffd')
      expect(kept?.agent).toBe('x'.repeat(LIMITS.auditTextChars))
      expect(JSON.stringify(kept?.details).length).toBeLessThan(LIMITS.auditDetailsChars * 3)
    })

    it('is only added to: no statement changes a record, none deletes one but the oldest over the bound', async () => {
      verifies('audit.log')
      const { project } = await someWorld(db())
      await addAudit(db(), record(project.id), at)
      const own = sql`project_id = ${project.id}`
      for (const statement of [
        sql`update audit set decision = 'refused' where ${own}`,
        sql`update audit set target = target where ${own}`,
        sql`delete from audit where ${own}`,
      ]) {
        await expect(statement.execute(db())).rejects.toThrow('audit records are only added')
      }
      expect(await listAudit(db(), { projectId: project.id, limit: 5 })).toEqual({ items: [record(project.id)] })
    })

    it('lets masses of streams not push out changes', async () => {
      verifies('limits.table')
      const { project, workspaceId } = await someWorld(db())
      const newest = { ...at, ms: (NOW + 1000) * 1000 }
      for (let n = 0; n < 4; n++) {
        await addAudit(db(), record(project.id, { workspaceId, at: n }), newest)
        const open = record(project.id, { action: 'stream.open', workspaceId, at: n })
        await addAuditRows(db(), [toAuditRow(open, { ...newest, trail: 'traffic' })])
      }
      await trimAudit(db(), { ...LIMITS, auditRecords: 1, auditChanges: 3 })
      const { items } = await listAudit(db(), { projectId: project.id, limit: 99 })
      expect(items.map((one) => `${one.action} ${one.at}`)).toEqual([
        'stream.open 3',
        'project.rename 3',
        'project.rename 2',
        'project.rename 1',
      ])
    })
  })

  describe('usage', () => {
    it('adds up by hour and day, also when two add at once', async () => {
      verifies('project.usage')
      const { project } = await someWorld(db())
      const day = Math.floor(NOW / 86_400) * 86_400
      const use = (hours: number, value: number) =>
        addUsage(db(), [
          { projectId: project.id, at: day + hours * 3600 + 7, metric: 'bytes', value },
          { projectId: project.id, at: day + hours * 3600, metric: 'requests', value: 1 },
        ])
      await Promise.all([use(0, 5e12), use(0, 5e12), use(1, 1), use(24, 7)])
      const read = (per: 'hour' | 'day', until = day + 48 * 3600) =>
        readUsage(db(), { projectId: project.id, since: day, until, per })
      expect(await read('day')).toEqual([
        { at: day, metric: 'bytes', value: 10_000_000_000_001 },
        { at: day, metric: 'requests', value: 3 },
        { at: day + 86_400, metric: 'bytes', value: 7 },
        { at: day + 86_400, metric: 'requests', value: 1 },
      ])
      expect(await read('hour', day + 3600)).toEqual([
        { at: day, metric: 'bytes', value: 1e13 },
        { at: day, metric: 'requests', value: 2 },
      ])
      await deleteOldUsage(db(), day + 86_400)
      expect((await read('day')).map(({ at }) => at)).toEqual([day + 86_400, day + 86_400])
    })

    it('counts in memory, and drops what is over the bound', async () => {
      verifies('limits.table', 'project.usage')
      const { project } = await someWorld(db())
      const meter = new UsageMeter({ db: db(), log: silentLog(), limits: { ...LIMITS, usageSums: 1 } })
      const count = (metric: 'requests' | 'bytes') => meter.add({ projectId: project.id, at: NOW, metric, value: 2 })
      for (const metric of ['requests', 'requests', 'bytes'] as const) count(metric)
      await meter.flush()
      count('bytes')
      await meter.close()
      count('bytes')
      const sums = await readUsage(db(), { projectId: project.id, since: NOW - 3600, until: NOW + 3600, per: 'day' })
      expect(sums.map(({ metric, value }) => [metric, value])).toEqual([
        ['bytes', 2],
        ['requests', 4],
      ])
    })
  })

  describe('logs', () => {
    const entry = (projectId: string, more: Partial<LogEntry> = {}): LogEntry => ({
      projectId,
      at: NOW,
      kind: 'request',
      ...more,
    })
    const write = async (entries: readonly LogEntry[], limits = LIMITS) => {
      const log = new RequestLog({ db: db(), log: silentLog(), limits })
      for (const one of entries) log.add(one)
      await log.close()
      log.add(entries[0] as LogEntry)
      await log.close()
    }

    it('keeps every field, without the query of a path', async () => {
      verifies('project.logs')
      const { project } = await someWorld(db())
      const full: LogEntry = {
        ...entry(project.id),
        tunnelId: 'tun_1',
        tunnel: 'web',
        labels: { env: 'prod', empty: '', 'a/b': 'x=y' },
        method: 'GET',
        host: 'web.dev.localhost',
        path: '/a?token=secret#x',
        status: 200,
        durationMs: 12.4,
        bytesIn: 1,
        bytesOut: 5e12,
        address: '127.0.0.1',
        credentialId: 'crd_1',
        requestId: 'req_1',
        code: 'OK',
        message: 'm',
      }
      await write([full])
      const { items } = await listLogs(db(), { projectId: project.id, limit: 5 })
      expect(items).toEqual([{ ...full, path: '/a', durationMs: 12 }])
    })

    it('is read by time, tunnel, kind and label, in pages, newest first', async () => {
      verifies('project.logs')
      const { project } = await someWorld(db())
      const other = await someWorld(db())
      await write([
        entry(project.id, { at: NOW, tunnel: 'web', labels: { env: 'prod', a: 'b' } }),
        entry(project.id, { at: NOW + 1, tunnel: 'db', tunnelId: 'tun_2', labels: { env: 'PROD' } }),
        entry(project.id, { at: NOW + 2, kind: 'lifecycle', labels: { env: 'prod2', xenv: 'prod' } }),
        entry(other.project.id, { labels: { env: 'prod' } }),
      ])
      const read = async (query: object) => {
        const pages = await allPages((cursor) => listLogs(db(), { projectId: project.id, limit: 2, cursor, ...query }))
        return pages.items.map(({ at }) => at - NOW)
      }
      expect(await read({})).toEqual([2, 1, 0])
      expect(await read({ since: NOW + 1 })).toEqual([2, 1])
      expect(await read({ since: NOW, until: NOW + 2 })).toEqual([1, 0])
      expect(await read({ tunnel: 'web' })).toEqual([0])
      expect(await read({ tunnel: 'tun_2' })).toEqual([1])
      expect(await read({ kind: 'lifecycle' })).toEqual([2])
      expect(await read({ labels: { env: 'prod' } })).toEqual([0])
      expect(await read({ labels: { env: 'prod', a: 'b' } })).toEqual([0])
      expect(await read({ labels: { env: 'prod', a: 'c' } })).toEqual([])
      expect(await read({ labels: { env: '%' } })).toEqual([])
      expect(await read({ labels: { env: '\0' } })).toEqual([])
    })

    it('is bounded by number and age', async () => {
      verifies('limits.table')
      const { project } = await someWorld(db())
      const other = await someWorld(db())
      const many = Array.from({ length: 7 }, (_, n) => entry(project.id, { at: NOW + n }))
      await write([...many, entry(other.project.id)], { ...LIMITS, logRecords: 3 })
      const read = async (projectId: string) =>
        (await listLogs(db(), { projectId, limit: 99 })).items.map(({ at }) => at - NOW)
      expect([await read(project.id), await read(other.project.id)]).toEqual([[6, 5, 4], [0]])
      await deleteOldLogs(db(), NOW + 6)
      expect(await read(project.id)).toEqual([6])
    })
  })
}
