/** Proves that audit records are kept, bounded and never in the way. */
import { createLog } from '@towline/base'
import { type AuditRecord, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { controlFixture } from '../control.fixture.ts'
import { partsOf } from '../parts.ts'
import { type Happening, keep, keepOperator } from './keep.ts'

const record = (at: number): AuditRecord => ({ at, action: 'stream.open', decision: 'allowed', target: 'db' })

describe('control audit', () => {
  it('drops records over the queue bound and says in the log how many', async () => {
    verifies('limits.table')
    const lines: string[] = []
    const log = createLog({ level: 'info', stream: { write: (line) => lines.push(line) } })
    const { control, close } = await controlFixture({ log, limits: { ...LIMITS, auditQueue: 3 } })
    for (let at = 1; at <= 5; at++) control.authority.report(record(at))
    expect(await control.audit({ limit: 10 })).toEqual([3, 2, 1].map(record))
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 'warn', dropped: 2 }])
    await close()
  })

  it('deletes the oldest over the retention bound', async () => {
    verifies('limits.table')
    const { control, close } = await controlFixture({ limits: { ...LIMITS, auditRecords: 10, auditBatch: 4 } })
    for (let at = 1; at <= 25; at++) control.authority.report(record(at))
    expect((await control.audit({ limit: 100 })).map(({ at }) => at)).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16])
    await close()
  })

  it('cuts long texts', async () => {
    const { control, close } = await controlFixture()
    control.authority.report({ ...record(1), target: 'x'.repeat(100_000) })
    expect((await control.audit({ limit: 1 }))[0]?.target).toBe('x'.repeat(LIMITS.auditTextChars))
    await close()
  })

  it('writes by itself, keeps every field, and answers newest first by project', async () => {
    const { control, close } = await controlFixture({ limits: { ...LIMITS, auditFlushMs: 1 } })
    const full: AuditRecord = {
      ...record(2),
      decision: 'refused',
      projectId: 'prj_1',
      credentialId: 'crd_1',
      code: 'FORBIDDEN',
      requestId: 'req_1',
    }
    control.authority.report(record(1))
    control.authority.report(full)
    expect(await control.audit({ limit: 10 })).toEqual([full, record(1)])
    expect(await control.audit({ limit: 10, projectId: 'prj_1' })).toEqual([full])
    expect(await control.audit({ limit: 10, projectId: 'prj_2' })).toEqual([])
    await close()
  })

  it('keeps changes of those who proved who they are apart from refusals and strangers, who may push out none', async () => {
    verifies('audit.log', 'limits.table')
    const { control, close } = await controlFixture()
    const parts = partsOf(control)
    const trailOf = async (what: Happening) => {
      await keep(parts, what)
      await parts.flush()
      const newest = parts.db.selectFrom('audit').select('trail').orderBy('id', 'desc').limit(1)
      return (await newest.executeTakeFirstOrThrow()).trail
    }
    const done = {
      action: 'client.register',
      decision: 'allowed',
      agent: 'anybody',
      details: { address: '::1' },
    } as const
    expect(await trailOf(done)).toBe('traffic')
    expect(await trailOf({ ...done, userId: 'usr_1' })).toBe('changes')
    expect(await trailOf({ ...done, credentialId: 'crd_1' })).toBe('changes')
    expect(await trailOf({ ...done, projectId: 'prj_1' })).toBe('changes')
    expect(await trailOf({ ...done, userId: 'usr_1', decision: 'refused' })).toBe('traffic')
    await keepOperator(parts, { action: 'tokens.create' })
    const rows = await parts.db.selectFrom('audit').select('trail').where('action', '=', 'tokens.create').execute()
    expect(rows).toEqual([{ trail: 'changes' }])
    await close()
  })
})
