/** Proves what workstations may ask people and tell of agents: by whom, once, for that very call, and as claims only. */
import { createHash } from 'node:crypto'
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { askApproval, decideApproval, findApproval } from '../approval/approval-store.ts'
import { addCredential } from '../credential/credential-store.ts'
import { formatToken, hashSecret, newToken } from '../credential/token.ts'
import { addAgentCalls } from '../audit/agent-calls.ts'
import { trimAudit } from '../audit/audit-store.ts'
import { addProject } from '../project/project-store.ts'
import { addWorkspace } from '../workspace/workspace-store.ts'
import { type ApiFixture, NOW, openApiFixture, type Person } from './api.fixture.ts'
import { CALL, QUESTION } from './samples.fixture.ts'

let fixture: ApiFixture
let ada: Person
beforeEach(async () => {
  fixture = await openApiFixture()
  ada = await fixture.person('owner')
})
afterEach(() => fixture.close())

const { fingerprint } = QUESTION
const post = (path: string, body: unknown, token = ada.token) => fixture.ask('POST', path, { token, body })
const ask = async (more: object = {}, token = ada.token) =>
  (await post('/approvals', { ...QUESTION, ...more }, token)).body
const read = async (id: string, token = ada.token) => (await fixture.ask('GET', `/approvals/${id}`, { token })).body
const use = async (id: string, token = ada.token, print: string = fingerprint) =>
  (await post(`/approvals/${id}/use`, { fingerprint: print }, token)).body
const decide = (id: string, status: 'approved' | 'refused') =>
  decideApproval(fixture.db, id, { status, by: ada.userId, now: NOW })
const tell = async (calls: readonly object[], token = ada.token) =>
  (await post('/audit/agent-calls', { calls }, token)).body
const call = (number: number, more: object = {}) => ({ ...CALL, id: `cal_${`${number}`.padStart(8, '0')}`, ...more })
const trail = async (query = '', token = ada.token) =>
  (await fixture.ask('GET', `/audit?workspaceId=${fixture.workspaceId}${query}`, { token })).body.records

/** A credential that a login handed on. */
const childOf = async ({ credentialId, userId }: Person): Promise<string> => {
  const token = newToken()
  const { credentialId: id, secret } = token
  const own = { id, kind: 'delegated', projectId: fixture.project.id, userId, secretHash: hashSecret(secret) } as const
  const chain = { parentId: credentialId, rootId: credentialId, createdAt: NOW, expiresAt: null }
  await addCredential(fixture.db, { ...own, permissions: ['tunnels.list'], ...chain })
  return formatToken(token)
}

describe('control api approvals', () => {
  it('turns away a credential that no person stands behind, and says what helps', async () => {
    verifies('guard.approval')
    const { token } = await fixture.credential()
    const { code, next } = await ask({}, token)
    expect([code, next]).toEqual(['APPROVAL_NOBODY', expect.stringContaining('towline approve')])
    expect((await fixture.ask('POST', '/approvals', { body: QUESTION })).status).toBe(401)
  })

  it('refuses what could not be shown whole', async () => {
    const wrong = [
      { request: 'x'.repeat(LIMITS.approvalRequestChars + 1) },
      { summary: 'x'.repeat(LIMITS.approvalSummaryChars + 1) },
      { fingerprint: 'abc' },
      { tool: 'rm -rf' },
      { status: 'approved' },
    ]
    for (const more of wrong) expect([more, (await ask(more)).code]).toEqual([more, 'REQUEST_INVALID'])
  })

  it('is used once, for the same arguments, once a person allowed it', async () => {
    verifies('guard.approval')
    const { id, approveUrl, expiresAt } = await ask()
    expect([approveUrl, expiresAt]).toEqual([`https://towline.example/approve/${id}`, NOW + LIMITS.mcpApprovalSeconds])
    expect(await read(id)).toEqual({ status: 'pending', approveUrl, expiresAt })
    expect(await use(id)).toMatchObject({ code: 'APPROVAL_PENDING', retryable: true })
    await decide(id, 'approved')
    expect((await use(id, ada.token, createHash('sha256').update('other').digest('hex'))).code).toBe('APPROVAL_INVALID')
    expect((await read(id)).status).toBe('approved')
    expect(await use(id)).toEqual({ used: true })
    expect((await use(id)).code).toBe('APPROVAL_INVALID')
    expect((await read(id)).status).toBe('used')
  })

  it('has one of many uses at once win', async () => {
    verifies('guard.approval')
    const { id } = await ask()
    await decide(id, 'approved')
    const answers = await Promise.all(Array.from({ length: 8 }, () => use(id)))
    expect(answers.filter(({ used }) => used === true).length).toBe(1)
  })

  it('is refused once the person refused it, and after its time', async () => {
    const [no, late] = [await ask(), await ask({ thread: 'other' })]
    await decide(no.id, 'refused')
    await decide(late.id, 'approved')
    expect((await use(no.id)).code).toBe('APPROVAL_REFUSED')
    fixture.clock.ms += LIMITS.mcpApprovalSeconds * 1000
    expect((await use(late.id)).code).toBe('APPROVAL_INVALID')
    expect((await read(late.id)).code).toBe('NOT_FOUND')
  })

  it('is only for the credential that asked, and the one it stems from', async () => {
    verifies('guard.approval')
    const { id } = await ask()
    await decide(id, 'approved')
    const child = await childOf(ada)
    const others = [(await fixture.person('owner')).token, (await fixture.credential()).token, child]
    for (const token of others) {
      expect([(await read(id, token)).code, (await use(id, token)).code]).toEqual(['NOT_FOUND', 'APPROVAL_INVALID'])
    }
    const { id: ofChild } = await ask({}, child)
    expect((await read(ofChild)).status).toBe('pending')
    await decide(ofChild, 'approved')
    expect(await use(ofChild)).toEqual({ used: true })
  })

  it('takes no word for what the server itself asked, though the same credential asked for the same', async () => {
    verifies('guard.approval')
    const { credentialId, userId } = ada
    const of = { credentialId, userId, workspaceId: fixture.workspaceId, op: 'projects.delete' }
    const posed = { ...of, fingerprint, request: '{}', agent: null }
    const { id } = await askApproval(fixture.db, posed, { now: NOW, limits: LIMITS })
    await decide(id, 'approved')
    expect([(await read(id)).code, (await use(id)).code]).toEqual(['NOT_FOUND', 'APPROVAL_INVALID'])
    expect((await findApproval(fixture.db, id, NOW))?.status).toBe('approved')
  })

  it('answers the same question again, and asks anew when the page would show anything else', async () => {
    const { id } = await ask()
    expect((await ask()).id).toBe(id)
    for (const more of [{ summary: 'Harmless' }, { request: '{}' }, { target: 'robot' }, { agent: 'other' }]) {
      expect((await ask(more)).id).not.toBe(id)
    }
  })

  it('keeps its use in the trail, with the hash of the arguments', async () => {
    verifies('guard.approval', 'guard.audit')
    const { id } = await ask()
    await decide(id, 'approved')
    await use(id)
    expect(await trail('&action=approvals.use')).toEqual([
      {
        ...{ at: NOW, action: 'approvals.use', decision: 'allowed', target: id, agent: QUESTION.agent },
        ...{ thread: QUESTION.thread, tool: QUESTION.tool, details: { argumentsHash: fingerprint } },
        ...{ workspaceId: fixture.workspaceId, credentialId: ada.credentialId, userId: ada.userId },
        requestId: expect.any(String),
      },
    ])
  })

  it('makes what could hide or turn the order of reading visible', async () => {
    const { id } = await ask({ request: '{"a":"\u202e\u200bb"}\n', summary: 'Run\u2066 it\u0007' })
    const row = await fixture.db.selectFrom('approvals').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    expect([row.request, row.summary]).toEqual(['{"a":"\ufffd\ufffdb"}\n', 'Run\ufffd it\ufffd'])
  })
})

describe('control api agent calls', () => {
  it('keeps each once, however often and under whichever login of the person it is told', async () => {
    verifies('guard.audit')
    expect(await tell([call(1), call(2), call(2)])).toEqual({ accepted: 2, duplicates: 1 })
    expect(await tell([call(1), call(3)], await childOf(ada))).toEqual({ accepted: 1, duplicates: 1 })
    const other = await fixture.person('member')
    expect(await tell([call(1)], other.token)).toEqual({ accepted: 1, duplicates: 0 })
  })

  it('marks them as what that credential claims, at the time of the server', async () => {
    verifies('guard.audit')
    await tell([call(1, { at: 7, projectId: 'demo', code: 'PORT_SILENT', decision: 'refused', agent: 'codex\u0007' })])
    expect(await trail()).toEqual([
      {
        ...{
          at: NOW,
          action: 'agent.call',
          decision: 'refused',
          code: 'PORT_SILENT',
          target: 'web',
          agent: 'codex\ufffd',
        },
        ...{ thread: CALL.thread, tool: CALL.tool, projectId: fixture.project.id, workspaceId: fixture.workspaceId },
        ...{ credentialId: ada.credentialId, userId: ada.userId, requestId: expect.any(String) },
        details: {
          ...{ claimed: true, id: call(1).id, claimedAt: 7, decision: 'refused', argumentsHash: CALL.argumentsHash },
          ...{ durationMs: 42, agentVersion: '0.1.0', turn: 'turn-1', callId: 'call-1', decidedBy: 'page' },
          client: 'towline-cli',
        },
      },
    ])
  })

  it('takes no other action, person or credential from who tells', async () => {
    verifies('guard.audit')
    for (const more of [
      { action: 'projects.delete' },
      { userId: 'usr_x' },
      { credentialId: 'crd_x' },
      { decision: 'ok' },
    ]) {
      expect([more, (await tell([call(1, more)])).code]).toEqual([more, 'REQUEST_INVALID'])
    }
    expect((await tell([])).code).toBe('REQUEST_INVALID')
    const many = Array.from({ length: LIMITS.agentCallsBatch + 1 }, (_, at) => call(at))
    expect((await tell(many)).code).toBe('REQUEST_INVALID')
  })

  it('writes nothing into a project or workspace of others', async () => {
    verifies('guard.audit')
    const { db } = fixture
    const eve = await fixture.person(undefined)
    const { id: workspaceId } = await addWorkspace(db, { slug: 'eve', name: 'E', ownerId: eve.userId, now: NOW })
    await addProject(db, { workspaceId, slug: 'hers', now: NOW })
    const { token } = await fixture.credential()
    await tell([call(1, { projectId: fixture.project.id })], eve.token)
    await tell([call(2, { projectId: 'hers' })], token)
    await addWorkspace(db, { slug: 'eves', name: 'F', ownerId: eve.userId, now: NOW })
    await tell([call(3)], eve.token)
    const rows = await db.selectFrom('audit').select(['project_id', 'workspace_id']).orderBy('id').execute()
    expect(rows).toEqual([
      { project_id: null, workspace_id: workspaceId },
      { project_id: fixture.project.id, workspace_id: fixture.workspaceId },
      // Of two workspaces none is guessed.
      { project_id: null, workspace_id: null },
    ])
  })

  it('takes so many an hour of a credential, and pushes out no change', async () => {
    verifies('guard.audit', 'limits.table')
    const limits = { ...LIMITS, agentCallsPerHour: 3, auditAgentCalls: 2 }
    await fixture.close()
    fixture = await openApiFixture({ limits })
    ada = await fixture.person('owner')
    await fixture.ask('PATCH', '/projects/demo', { token: ada.token, body: { name: 'New' } })
    expect(await tell([call(1), call(2), call(3)])).toEqual({ accepted: 3, duplicates: 0 })
    expect((await tell([call(4)])).code).toBe('RATE_LIMITED')
    fixture.clock.ms += 3_600_001
    expect(await tell([call(4)])).toEqual({ accepted: 1, duplicates: 0 })
    await trimAudit(fixture.db, limits)
    await fixture.deps.flush()
    const rows = await fixture.db.selectFrom('audit').select(['action', 'trail']).orderBy('id').execute()
    const told = { action: 'agent.call', trail: 'agents' }
    expect(rows.filter(({ trail: of }) => of !== 'traffic')).toEqual([
      { action: 'projects.rename', trail: 'changes' },
      told,
      told,
    ])
  })

  it('adds none of none', async () => {
    const claimer = { credentialId: 'crd_1', principal: 'crd_1' }
    expect(await addAgentCalls(fixture.db, [], { claimer, ms: 1, limits: LIMITS })).toBe(0)
  })
})

describe('control api audit of agents', () => {
  const rename = (name: string, field?: string) =>
    fixture.ask('PATCH', '/projects/demo', {
      token: ada.token,
      body: { name },
      headers: field === undefined ? {} : { 'towline-agent': field },
    })

  it('shows a thread whole: the calls of the agent and the changes they made, as claimed', async () => {
    verifies('guard.audit')
    await rename('of a person')
    await tell([call(1), call(2, { thread: 'other' })])
    await rename('of an agent', 'codex-mcp-client;thread=thread-1;call=call-1')
    const shownTrail = await trail('&thread=thread-1')
    expect(shownTrail.map(({ action, agent, tool }: Record<string, string>) => [action, agent, tool])).toEqual([
      ['projects.rename', 'codex-mcp-client', undefined],
      ['agent.call', 'codex-mcp-client', CALL.tool],
    ])
    const claimed = { agent: 'codex-mcp-client', call: 'call-1', client: 'towline-cli' }
    expect(shownTrail[0]).toMatchObject({ userId: ada.userId, details: { name: 'of an agent', claimed } })
  })

  it('filters by agent, tool and action', async () => {
    verifies('guard.audit')
    await tell([call(1), call(2, { agent: 'claude' }), call(3, { tool: 'towline_cleanup', agent: 'x'.repeat(100) })])
    await rename('new')
    const count = async (query: string) => (await trail(query)).length
    expect([
      await count('&agent=claude'),
      await count(`&agent=${'x'.repeat(100)}`),
      await count('&tool=towline_cleanup'),
      await count('&action=agent.call'),
      await count('&action=projects.rename'),
      await count('&agent=claude&tool=towline_cleanup'),
    ]).toEqual([1, 1, 1, 3, 1, 0])
  })

  it('takes a field that is not of its form for none', async () => {
    await rename('a', 'codex, claude')
    expect((await trail())[0]).toMatchObject({ agent: 'towline-cli', details: { name: 'a' } })
  })
})
