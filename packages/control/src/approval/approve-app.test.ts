/** Proves who may allow what an agent asked for, and that a word is for one call, once, and for minutes. */
import { AppError, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiFixture, NOW, openApiFixture } from '../api/api.fixture.ts'
import { problem } from '../discovery/respond.ts'
import {
  askApproval,
  findApproval,
  type NewApproval,
  useApproval,
  useOnce,
  WORKSTATION_CALL,
} from './approval-store.ts'
import { approveApp } from './approve-app.ts'

let fixture: ApiFixture
let site: Hono
const moment = { now: NOW, limits: LIMITS }

beforeEach(async () => {
  fixture = await openApiFixture()
  const { deps } = fixture
  site = new Hono()
  site.onError((error) => problem(error instanceof AppError ? error : new AppError('INTERNAL', { id: 'err_x' })))
  // A cookie that names the person stands in for a session.
  const signedIn = async (headers: Headers) => {
    const userId = headers.get('cookie')
    return userId === null ? undefined : { userId }
  }
  site.route('/', approveApp({ ...deps, signedIn }))
})

afterEach(() => fixture.close())

const question = (more: Partial<NewApproval> = {}): NewApproval => ({
  credentialId: 'crd_agent',
  userId: null,
  workspaceId: fixture.workspaceId,
  op: 'projects.rename',
  fingerprint: 'f1',
  request: '{"name":"<b>New</b>"}',
  agent: 'judge',
  ...more,
})
const ask = (more?: Partial<NewApproval>) => askApproval(fixture.db, question(more), moment)
const open = (id: string, userId?: string) =>
  site.request(`/approve/${id}`, { headers: userId === undefined ? {} : { cookie: userId } })
const decide = (id: string, userId: string, decision: string, origin = 'https://towline.example') =>
  site.request(`/approve/${id}`, {
    method: 'POST',
    headers: { cookie: userId, origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: `decision=${decision}`,
  })

describe('control approvals', () => {
  it('sends who is not signed in to sign in, and a token is no session', async () => {
    const { id } = await ask()
    const answer = await open(id)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/sign-in?return_to=%2Fapprove%2F${id}`])
    const { token } = await fixture.person('owner')
    const byToken = await site.request(`/approve/${id}`, { headers: { authorization: `Bearer ${token}` } })
    expect(byToken.status).toBe(303)
  })

  it('is not there for other people, nor for members whose role does not allow it', async () => {
    const owner = await fixture.person('owner')
    const viewer = await fixture.person('viewer')
    const stranger = await fixture.person(undefined)
    const own = await ask({ userId: owner.userId, fingerprint: 'own' })
    const ofProject = await ask()
    const seen = async (id: string, userId: string) => (await open(id, userId)).status
    expect(await seen(own.id, owner.userId)).toBe(200)
    const mighty = await fixture.person('owner')
    expect((await decide(own.id, mighty.userId, 'allow')).status).toBe(404)
    for (const other of [mighty, viewer, stranger]) expect(await seen(own.id, other.userId)).toBe(404)
    expect(await seen(ofProject.id, owner.userId)).toBe(200)
    for (const other of [viewer, stranger]) expect(await seen(ofProject.id, other.userId)).toBe(404)
    expect(await seen('apr_nothing', owner.userId)).toBe(404)
  })

  it('takes no word from a form of another site, nor of a stranger, which is kept in mind', async () => {
    verifies('audit.log')
    const { userId } = await fixture.person('owner')
    const { id } = await ask()
    expect((await decide(id, userId, 'allow', 'https://evil.example')).status).toBe(403)
    expect((await decide(id, userId, 'perhaps')).status).toBe(400)
    const stranger = await fixture.person(undefined)
    expect((await decide(id, stranger.userId, 'allow')).status).toBe(404)
    await fixture.deps.flush()
    const told = await fixture.db.selectFrom('audit').select(['action', 'code', 'user_id', 'target']).execute()
    expect(told).toEqual([{ action: 'approvals.allow', code: 'NOT_FOUND', user_id: stranger.userId, target: id }])
    expect((await findApproval(fixture.db, id, NOW))?.status).toBe('pending')
  })

  it('shows what is asked for, escaped, and keeps the first word in the audit trail', async () => {
    const { userId } = await fixture.person('owner')
    const { id } = await ask()
    const page = await (await open(id, userId)).text()
    expect(page).toContain('Rename a project')
    expect(page).toContain('&lt;b&gt;New&lt;/b&gt;')
    expect((await decide(id, userId, 'allow')).status).toBe(200)
    await decide(id, userId, 'refuse')
    expect((await findApproval(fixture.db, id, NOW))?.status).toBe('approved')
    await fixture.deps.flush()
    const rows = await fixture.db.selectFrom('audit').select(['action', 'target', 'user_id']).execute()
    expect(rows).toEqual([{ action: 'approvals.allow', target: id, user_id: userId }])
  })

  it('shows what a workstation asks to its person alone: tool, machine, arguments, agent, thread and login', async () => {
    verifies('guard.approval')
    const ada = await fixture.person('member')
    const boss = await fixture.person('owner')
    const { id } = await ask({
      ...{ credentialId: ada.credentialId, userId: ada.userId, op: WORKSTATION_CALL, fingerprint: 'f'.repeat(64) },
      told: { tool: 'towline_remote_exec', summary: 'Restart <nginx>', target: 'edge-lab', thread: 'thread-1' },
    })
    expect((await open(id, boss.userId)).status).toBe(404)
    expect((await decide(id, boss.userId, 'allow')).status).toBe(404)
    const page = await (await open(id, ada.userId)).text()
    for (const part of [
      'Restart &lt;nginx&gt;',
      'judge',
      'thread-1',
      'towline_remote_exec',
      'edge-lab',
      ada.credentialId,
    ])
      expect(page).toContain(part)
    expect(page).toContain('&lt;b&gt;New&lt;/b&gt;')
    expect(await (await decide(id, ada.userId, 'allow')).text()).toContain('Allowed')
    const kept = await fixture.db.selectFrom('audit').selectAll().where('code', 'is', null).execute()
    expect(kept).toMatchObject([
      { action: 'approvals.allow', user_id: ada.userId, target: id, agent: 'judge', thread: 'thread-1' },
    ])
    expect(kept[0]).toMatchObject({ tool: 'towline_remote_exec', workspace_id: fixture.workspaceId })
    expect(JSON.parse(kept[0]?.details ?? '')).toMatchObject({ op: 'agent.call', argumentsHash: 'f'.repeat(64) })
  })

  it('is used once, and not after its time', async () => {
    const { userId } = await fixture.person('owner')
    const first = await ask()
    await decide(first.id, userId, 'allow')
    expect(await useApproval(fixture.db, first.id, NOW + LIMITS.mcpApprovalSeconds)).toBe(false)
    expect(await useApproval(fixture.db, first.id, NOW)).toBe(true)
    expect(await useApproval(fixture.db, first.id, NOW)).toBe(false)
    const elsewhere = { ...question(), id: 'apr_elsewhere' }
    expect(await useOnce(fixture.db, elsewhere, moment)).toBe(true)
    expect(await useOnce(fixture.db, elsewhere, moment)).toBe(false)
  })

  it('asks the same question once, and bounds how many wait', async () => {
    const [one, again] = [await ask(), await ask()]
    expect(again.id).toBe(one.id)
    for (let n = 1; n < LIMITS.mcpApprovals; n++) await ask({ fingerprint: `more ${n}` })
    await expect(ask({ fingerprint: 'too many' })).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
    expect((await ask({ fingerprint: 'other', credentialId: 'crd_other' })).status).toBe('pending')
  })
})
