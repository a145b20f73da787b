/** Proves who may change the people of a workspace, and that what they had ends with their membership. */
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findCredential } from '../credential/credential-store.ts'
import { addUser } from '../user/user-store.ts'
import { addMember } from '../workspace/member-store.ts'
import { addWorkspace } from '../workspace/workspace-store.ts'
import { type ApiFixture, NOW, openApiFixture, type Person } from './api.fixture.ts'

let fixture: ApiFixture
let path: string
let owner: Person
const invited: unknown[] = []
beforeEach(async () => {
  fixture = await openApiFixture({
    inviteUrl: async (person) => {
      invited.push(person)
      return 'https://towline.example/setup/one-time'
    },
  })
  owner = await fixture.person('owner')
  path = `/workspaces/${fixture.workspaceId}/members`
})
afterEach(() => fixture.close())

const add = (token: string, body: object, headers?: Record<string, string>) =>
  fixture.ask('POST', path, { token, body, headers })

describe('control api members: refusals', () => {
  it('lets no admin name, change or remove owners', async () => {
    verifies('workspace.members')
    const { token } = await fixture.person('admin')
    const member = await fixture.person('member')
    const asked = [
      await add(token, { email: 'x@example.com', role: 'owner' }),
      await fixture.ask('PATCH', `${path}/${member.userId}`, { token, body: { role: 'owner' } }),
      await fixture.ask('PATCH', `${path}/${owner.userId}`, { token, body: { role: 'viewer' } }),
      await fixture.ask('DELETE', `${path}/${owner.userId}`, { token }),
    ]
    expect(asked.map(({ status, body }) => [status, body.code])).toEqual(asked.map(() => [403, 'ROLE_NEEDED']))
  })

  it('keeps the last owner, and refuses who is a member already, a bad address, role or key', async () => {
    const { token } = owner
    await fixture.ask('DELETE', `${path}/${fixture.ownerId}`, { token })
    expect((await fixture.ask('DELETE', `${path}/${owner.userId}`, { token })).body.code).toBe('LAST_OWNER')
    await add(token, { email: 'x@example.com', role: 'viewer' })
    const codes = []
    for (const body of [
      { email: 'X@example.com', role: 'viewer' },
      { email: 'no address', role: 'viewer' },
      { email: 'y@example.com', role: 'king' },
      { email: 'y@example.com', role: 'viewer', workspaceId: 'wsp_first' },
    ]) {
      codes.push((await add(token, body)).body.code)
    }
    expect(codes).toEqual(['ALREADY_MEMBER', 'REQUEST_INVALID', 'REQUEST_INVALID', 'REQUEST_INVALID'])
    expect((await fixture.ask('DELETE', `${path}/usr_none`, { token })).body.code).toBe('NOT_FOUND')
  })

  it('gives no link for a person whom another workspace let in: it would make its holder that person there too', async () => {
    verifies('workspace.members')
    const { db, ownerId } = fixture
    const other = await addWorkspace(db, { slug: 'other', name: 'Other', ownerId, now: NOW })
    const waiting = await addUser(db, { email: 'waiting@example.com', name: 'Waiting', now: NOW })
    await addMember(db, { workspaceId: other.id, userId: waiting.id }, { role: 'owner', now: NOW })
    const before = invited.length
    const { status, body } = await add(owner.token, { email: 'waiting@example.com', role: 'viewer' })
    expect([status, body.invited, body.inviteUrl, invited.length]).toEqual([201, false, undefined, before])
  })
})

describe('control api members', () => {
  it('adds a person who cannot sign in yet by a link that is shown once', async () => {
    verifies('workspace.members')
    const body = { email: 'Grace@Example.com', role: 'member', name: 'Grace' }
    const first = await add(owner.token, body, { 'idempotency-key': 'k' })
    expect(first.body).toMatchObject({
      member: { email: 'grace@example.com', name: 'Grace', role: 'member' },
      invited: true,
      inviteUrl: 'https://towline.example/setup/one-time',
    })
    expect(invited.at(-1)).toMatchObject({ email: 'grace@example.com', workspaceId: fixture.workspaceId })
    const again = await add(owner.token, body, { 'idempotency-key': 'k' })
    expect([again.status, again.body.inviteUrl, again.body.member]).toEqual([201, undefined, first.body.member])
  })

  it('lists members in the order they joined, in pages', async () => {
    verifies('workspace.members')
    for (const role of ['admin', 'member', 'viewer'] as const) await fixture.person(role)
    const roles: string[] = []
    let cursor = ''
    do {
      const { body } = await fixture.ask('GET', `${path}?limit=2${cursor}`, { token: owner.token })
      expect(body.members.length).toBeLessThanOrEqual(2)
      roles.push(...body.members.map(({ role }: { role: string }) => role))
      cursor = body.next === undefined ? '' : `&cursor=${body.next}`
    } while (cursor !== '')
    expect(roles.toSorted()).toEqual(['admin', 'member', 'owner', 'owner', 'viewer'])
    expect((await fixture.ask('GET', `${path}?cursor=none`, { token: owner.token })).body.code).toBe('REQUEST_INVALID')
  })

  it('ends what a removed member made here and has open', async () => {
    verifies('oauth.revoke')
    const member = await fixture.person('member')
    const made = await fixture.credential({ userId: member.userId })
    expect((await fixture.ask('GET', '/projects', { token: made.token })).body.projects).toHaveLength(1)
    await fixture.ask('DELETE', `${path}/${member.userId}`, { token: owner.token })
    expect((await fixture.ask('GET', '/projects', { token: made.token })).status).toBe(401)
    expect((await fixture.ask('GET', '/projects', { token: member.token })).body.projects).toEqual([])
    expect(fixture.revoked.toSorted()).toEqual([made.id, member.credentialId].toSorted())
    expect((await findCredential(fixture.db, member.credentialId))?.revokedAt).toBeNull()
    const { workspaceId } = fixture
    await addMember(fixture.db, { workspaceId, userId: member.userId }, { role: 'member', now: NOW })
    expect((await fixture.ask('GET', '/projects', { token: made.token })).status, 'also when they come back').toBe(401)
  })

  it('looks at what a member has open anew when the role changes', async () => {
    const member = await fixture.person('member')
    await fixture.ask('PATCH', `${path}/${member.userId}`, { token: owner.token, body: { role: 'viewer' } })
    expect(fixture.revoked).toEqual([member.credentialId])
  })
})
