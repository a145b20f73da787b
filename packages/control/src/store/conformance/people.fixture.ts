/** Owns what stores must do with people, workspaces and members. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { newSetupToken, takeSetupToken } from '../../accounts/setup-link.ts'
import {
  addUser,
  countUsers,
  disableUser,
  findUser,
  findUserByEmail,
  listUsers,
  renameUser,
} from '../../user/user-store.ts'
import { addMember, findRole, listMembers, removeMember, setRole } from '../../workspace/member-store.ts'
import {
  addWorkspace,
  FIRST_WORKSPACE,
  findWorkspace,
  listWorkspaces,
  renameWorkspace,
} from '../../workspace/workspace-store.ts'
import { inTransaction } from '../transaction.ts'
import { allPages, type Db, NOW, refused, someSlug, someUser, someWorld } from './world.fixture.ts'

export const people = (db: Db): void => {
  describe('people', () => {
    it('refuses an address twice, in any case, and what does not exist', async () => {
      const user = await someUser(db())
      const again = { email: ` ${user.email.toUpperCase()}`, name: 'Other', now: NOW }
      expect(await refused(addUser(db(), again))).toBe('EMAIL_TAKEN')
      expect(await refused(renameUser(db(), 'usr_none', 'X'))).toBe('NOT_FOUND')
      expect(await refused(disableUser(db(), 'usr_none', NOW))).toBe('NOT_FOUND')
      expect(await findUser(db(), 'usr_none')).toBeUndefined()
      expect(await findUserByEmail(db(), "'; drop table users; --")).toBeUndefined()
    })

    it('lets one of those who use a one-time link at once in, and nobody after its time', async () => {
      verifies('account.first-run')
      const { id: userId } = await someUser(db())
      for (let round = 0; round < 5; round++) {
        const link = await newSetupToken({ db: db(), now: NOW }, { userId })
        expect(await refused(takeSetupToken({ db: db(), now: NOW + 60 }, link, 60))).toBe('SETUP_LINK_INVALID')
        const take = () => inTransaction(db(), (step) => takeSetupToken({ db: step, now: NOW + 59 }, link, 60))
        const taken = await Promise.allSettled([take(), take(), take()])
        expect(taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))).toEqual([{ userId }])
      }
    })

    it('keeps, finds, renames and disables people', async () => {
      const before = await countUsers(db())
      const user = await someUser(db())
      expect(await countUsers(db())).toBe(before + 1)
      expect(await findUserByEmail(db(), user.email.toUpperCase())).toEqual(user)
      const renamed = await renameUser(db(), user.id, 'Ünï \u{1f680} "quoted" \\')
      expect(await findUser(db(), user.id)).toEqual({ ...user, name: renamed.name })
      expect(await disableUser(db(), user.id, NOW + 1)).toEqual({ ...renamed, disabledAt: NOW + 1 })
      expect(await disableUser(db(), user.id, null)).toEqual(renamed)
    })

    it('pages through all people once, also when some come in the meantime', async () => {
      const first = await someUser(db(), NOW - 100)
      const second = await someUser(db(), NOW - 100)
      const { items } = await allPages(async (cursor) => {
        await someUser(db(), NOW - 200)
        return listUsers(db(), { limit: 1, cursor })
      })
      const ids = items.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      expect([first.id, second.id].filter((id) => !ids.includes(id))).toEqual([])
    })
  })

  describe('workspaces and members', () => {
    it('refuses bad and taken slugs, strangers and a second membership', async () => {
      const { owner, workspaceId } = await someWorld(db())
      const { slug } = (await findWorkspace(db(), workspaceId)) as { slug: string }
      const add = (name: string) => refused(addWorkspace(db(), { slug: name, name, ownerId: owner.id, now: NOW }))
      expect([await add('A B'), await add('www'), await add(slug)]).toEqual([
        'NAME_INVALID',
        'NAME_RESERVED',
        'SLUG_TAKEN',
      ])
      const key = { workspaceId, userId: owner.id }
      expect(await refused(addMember(db(), key, { role: 'viewer', now: NOW }))).toBe('ALREADY_MEMBER')
      expect(await refused(renameWorkspace(db(), 'wsp_none', 'X'))).toBe('NOT_FOUND')
      expect(await refused(setRole(db(), { workspaceId, userId: 'usr_none' }, 'owner'))).toBe('NOT_FOUND')
      expect(await refused(removeMember(db(), { workspaceId, userId: 'usr_none' }))).toBe('NOT_FOUND')
      expect(await findRole(db(), { workspaceId, userId: 'usr_none' })).toBeUndefined()
    })

    it('refuses to leave a workspace without an owner, also when two leave at once', async () => {
      verifies('workspace.members')
      const { owner, workspaceId } = await someWorld(db())
      const one = { workspaceId, userId: owner.id }
      expect(await refused(removeMember(db(), one))).toBe('LAST_OWNER')
      expect(await refused(setRole(db(), one, 'admin'))).toBe('LAST_OWNER')
      expect(await findRole(db(), one), 'a refused change was kept').toBe('owner')
      const two = { workspaceId, userId: (await someUser(db())).id }
      await addMember(db(), two, { role: 'owner', now: NOW })
      for (let round = 0; round < 10; round++) {
        const both = [one, two].map((key) => refused(setRole(db(), key, 'admin')))
        expect((await Promise.all(both)).toSorted()).toEqual(['LAST_OWNER', 'nothing was refused'])
        for (const key of [one, two]) await setRole(db(), key, 'owner')
      }
    })

    it('has the first workspace from the start', async () => {
      expect(await findWorkspace(db(), FIRST_WORKSPACE)).toEqual({
        id: FIRST_WORKSPACE,
        slug: 'main',
        name: 'Main',
        createdAt: 0,
      })
    })

    it('gives and takes roles, and none to who is disabled', async () => {
      verifies('workspace.members')
      const { workspaceId } = await someWorld(db())
      const user = await someUser(db())
      const key = { workspaceId, userId: user.id }
      await addMember(db(), key, { role: 'viewer', now: NOW })
      await setRole(db(), key, 'admin')
      expect(await findRole(db(), key)).toBe('admin')
      await disableUser(db(), user.id, NOW)
      expect(await findRole(db(), key)).toBeUndefined()
      await removeMember(db(), key)
      await disableUser(db(), user.id, null)
      expect(await findRole(db(), key)).toBeUndefined()
    })

    it('pages members in the order they joined, and the workspaces of a person with the role', async () => {
      verifies('workspace.members')
      const { owner, workspaceId } = await someWorld(db())
      const users = await Promise.all([3, 1, 2, 2].map((at) => someUser(db(), at)))
      for (const [at, { id }] of users.entries()) {
        await addMember(db(), { workspaceId, userId: id }, { role: 'member', now: NOW + [3, 1, 2, 2][at]! })
      }
      const { items, sizes } = await allPages((cursor) => listMembers(db(), workspaceId, { limit: 2, cursor }))
      expect(sizes).toEqual([2, 2, 1])
      expect(items.map(({ createdAt }) => createdAt - NOW)).toEqual([0, 1, 2, 2, 3])
      expect(items[0]).toEqual({
        userId: owner.id,
        email: owner.email,
        name: owner.name,
        role: 'owner',
        createdAt: NOW,
      })
      const second = await addWorkspace(db(), { slug: someSlug(), name: 'Second', ownerId: owner.id, now: NOW + 1 })
      const own = await allPages((cursor) => listWorkspaces(db(), owner.id, { limit: 1, cursor }))
      expect(own.items.map(({ id, role }) => [id, role])).toEqual([
        [workspaceId, 'owner'],
        [second.id, 'owner'],
      ])
    })

    it('refuses cursors that no page has told', async () => {
      const { workspaceId } = await someWorld(db())
      const bad = [
        'x',
        '',
        '%',
        'e30',
        Buffer.from('[1]').toString('base64url'),
        Buffer.from('["\\u0000",""]').toString('base64url'),
      ]
      for (const cursor of bad) {
        expect(await refused(listMembers(db(), workspaceId, { limit: 2, cursor })), cursor).toBe('REQUEST_INVALID')
      }
    })
  })
}
