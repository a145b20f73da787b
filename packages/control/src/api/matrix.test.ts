/**
 * Proves, for every operation of the registry, who is turned away and in which words: generated, so that no operation can
 * be added without it.
 */
import { ALL_PERMISSIONS, covers, type Permission } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { revokeTree } from '../credential/revoke.ts'
import { addProject } from '../project/project-store.ts'
import { addUser } from '../user/user-store.ts'
import { addWorkspace } from '../workspace/workspace-store.ts'
import { type Answer, type ApiFixture, NOW, openApiFixture } from './api.fixture.ts'
import { scopesOf } from './document.ts'
import type { Operation } from './operation.ts'
import { OPERATIONS } from './registry.ts'
import { type Sample, SAMPLES, type World, worldOf } from './samples.fixture.ts'

/** Reads that answer what the caller may see, whoever that is. */
const OPEN = ['whoami', 'workspaces.list', 'projects.list']

/** Of the caller alone, whatever its role: what it asks a person, and what it tells of agents. */
const OWN = ['approvals.ask', 'approvals.read', 'approvals.use', 'agent-calls.tell']

/** Those of them that touch nothing that another caller could name. */
const TOLD = ['approvals.ask', 'agent-calls.tell']

/** What records say that operations write themselves. */
const RECORDED: Readonly<Record<string, object>> = {
  'approvals.use': { action: 'approvals.use', agent: 'codex-mcp-client', trail: 'changes' },
  'agent-calls.tell': { action: 'agent.call', agent: 'codex-mcp-client', trail: 'agents' },
}
const PLAIN = { agent: 'towline-cli', trail: 'changes' }

const turn = { urls: ['turn:turn.example.com:3478'], secret: 'turn secret' } as const

const lacking = (op: Operation): readonly Permission[] =>
  ALL_PERMISSIONS.filter((permission) => !op.rules.some((rule) => covers([permission], rule)))

const METADATA = 'resource_metadata="https://towline.example/.well-known/oauth-protected-resource/api"'

it('control api matrix: has a good call of every operation', () => {
  expect(Object.keys(SAMPLES).toSorted()).toEqual(OPERATIONS.map(({ id }) => id).toSorted())
})

describe.each(OPERATIONS.map((op) => [op.id, op] as const))('control api matrix: %s', (id, op) => {
  let fixture: ApiFixture
  let owner: string
  let world: World
  let sample: Sample
  /** What answers held that is shown once. */
  const given: string[] = []
  beforeAll(async () => {
    const inviteUrl = async () => 'https://towline.example/setup/one-time-link'
    fixture = await openApiFixture({ turn, inviteUrl })
    owner = (await fixture.person('owner')).token
    world = await worldOf(fixture, owner)
    sample = SAMPLES[id]?.(world) as Sample
  })
  afterAll(() => fixture.close())

  const call = (token: string | undefined, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const key = op.idempotency === 'required' ? { 'idempotency-key': 'k1' } : {}
    return fixture.ask(op.method.toUpperCase(), sample.path, {
      token,
      body: sample.body,
      headers: { ...key, ...headers },
    })
  }
  const told = ({ status, body, headers }: Answer) => [status, body.code, headers.get('www-authenticate')]

  it('turns away who shows no token, also one with a cookie', async () => {
    verifies('api.problem')
    const expected = [401, 'UNAUTHENTICATED', `Bearer ${METADATA}`]
    expect(told(await call(undefined))).toEqual(expected)
    expect(told(await call(undefined, { cookie: `towline=${owner}; better-auth.session_token=${owner}` }))).toEqual(
      expected,
    )
  })

  it('turns away tokens that are unknown, of another audience, expired and revoked, all in the same words', async () => {
    const { credential, db, clock } = fixture
    const expiring = await credential({ expiresAt: NOW + 10 })
    const revoked = await credential()
    await revokeTree(db, revoked.id, NOW)
    clock.ms += 10_000
    const answers = [
      await call('unknown'),
      await call('of-another-audience'),
      await call(expiring.token),
      await call(revoked.token),
    ]
    clock.ms -= 10_000
    const expected = [401, 'UNAUTHENTICATED', `Bearer error="invalid_token", ${METADATA}`]
    expect(answers.map(told)).toEqual([expected, expected, expected, expected])
  })

  it('turns away who lacks its permission, and names the least that would help', async () => {
    verifies('api.rules')
    const { token } = await fixture.person('owner', { permissions: id === 'whoami' ? [] : lacking(op) })
    const answer = await call(token)
    const [least] = scopesOf(op)
    const challenge = `Bearer error="insufficient_scope", scope="${least}", ${METADATA}`
    expect(told(answer)).toEqual([403, 'FORBIDDEN', challenge])
    const path = `${sample.path}${sample.path.includes('?') ? '&' : '?'}nonsense=1`
    const spoiled = await fixture.ask(op.method.toUpperCase(), path, { token, body: sample.body && {} })
    expect(told(spoiled), 'before it hears what of its input is wrong').toEqual([403, 'FORBIDDEN', challenge])
  })

  it('turns away whose role does not give it', async () => {
    const { token } = await fixture.person('viewer')
    const viewer = await call(token)
    if (OWN.includes(id)) return expect([op.status, 404, 409]).toContain(viewer.status)
    if (op.risk !== 'read') expect(told(viewer).slice(0, 2)).toEqual([403, 'FORBIDDEN'])
    else expect([200, 403]).toContain(viewer.status)
  })

  it('shows strangers, and credentials of other projects, nothing', async () => {
    const { db, person, credential } = fixture
    const stranger = await addUser(db, { email: 'stranger@example.com', name: 'S', now: NOW })
    const other = await addWorkspace(db, { slug: 'other', name: 'Other', ownerId: stranger.id, now: NOW })
    const elsewhere = await addProject(db, { workspaceId: other.id, slug: 'elsewhere', now: NOW })
    const sibling = await addProject(db, { workspaceId: fixture.workspaceId, slug: 'sibling', now: NOW })
    const tokens = [
      (await person('owner', { workspaceId: other.id })).token,
      (await person(undefined)).token,
      (await credential({ projectId: elsewhere.id })).token,
      (await credential({ projectId: sibling.id })).token,
    ]
    for (const token of tokens) {
      const { status, body } = await call(token)
      if (TOLD.includes(id)) {
        expect([op.status, 403]).toContain(status)
        if (status === 403) expect(body.code).toBe('APPROVAL_NOBODY')
        continue
      }
      if (OWN.includes(id)) {
        expect(['NOT_FOUND', 'APPROVAL_INVALID']).toContain(body.code)
        continue
      }
      if (OPEN.includes(id)) expect([status, JSON.stringify(body).includes(fixture.project.id)]).toEqual([200, false])
      // A credential of a project in the same workspace hears that workspaces are for people.
      else expect([404, token === tokens[3] ? 403 : 404]).toContain(status)
      if (status === 403) expect(body.code).toBe('LOGIN_NEEDED')
    }
    await db.deleteFrom('projects').where('id', '=', sibling.id).execute()
  })

  /** The records of one call. */
  const recordsOf = async ({ headers }: Answer) => {
    await fixture.deps.flush()
    const of = headers.get('towline-request-id')
    return fixture.db.selectFrom('audit').selectAll().where('request_id', '=', of).execute()
  }

  it('leaves one record of each refusal of a change: who, what, why and when; none of whoever proved nothing', async () => {
    verifies('audit.log')
    const { person } = fixture
    const weak = await person('owner', { permissions: id === 'whoami' ? [] : lacking(op) })
    // Nobody is refused what is theirs alone.
    if (TOLD.includes(id)) return
    const few = await person('viewer')
    const stranger = await person(undefined)
    const answers = [[weak, await call(weak.token)] as const, [few, await call(few.token)] as const]
    if (!OPEN.includes(id)) answers.push([stranger, await call(stranger.token)])
    for (const [{ userId, credentialId }, answer] of answers) {
      const records = await recordsOf(answer)
      if (op.risk === 'read') expect(records).toEqual([])
      else {
        const why = { action: id, decision: 'refused', code: answer.body.code, at: NOW, trail: 'traffic' }
        const who = { user_id: userId, credential_id: credentialId, agent: 'towline-cli' }
        expect([records.length, records[0]]).toEqual([1, expect.objectContaining({ ...why, ...who })])
      }
    }
    for (const token of [undefined, 'unknown']) expect(await recordsOf(await call(token))).toEqual([])
  })

  it('does it for who may, and leaves an audit record of who, what, where and when if it changes something', async () => {
    const answer = await call(owner)
    expect([answer.status, answer.body.code]).toEqual([op.status, undefined])
    for (const field of ['token', 'inviteUrl', 'credential']) {
      if (typeof answer.body[field] === 'string') given.push(answer.body[field])
    }
    const rows = await recordsOf(answer)
    if (op.risk === 'read' || id === 'approvals.ask') return expect(rows).toEqual([])
    verifies('audit.log')
    const [row, ...more] = rows
    expect(more).toEqual([])
    expect(row).toMatchObject({ decision: 'allowed', at: NOW, ...(RECORDED[id] ?? { action: id, ...PLAIN }) })
    expect([row?.user_id, row?.credential_id, row?.target, row?.workspace_id]).not.toContain(null)
  })

  it('leaves no token, proof, link or fingerprint in any record', async () => {
    verifies('audit.log', 'token.storage')
    await fixture.deps.flush()
    const text = JSON.stringify(await fixture.db.selectFrom('audit').selectAll().execute())
    for (const secret of [owner, world.fingerprint, world.params['proof'], turn.secret, ...given]) {
      expect(text).not.toContain(secret)
    }
  })
})
