/** Owns what stores must do with credentials, OAuth records and keys. */
import { ALL_PERMISSIONS, LIMITS } from '@towline/protocol'
import { silentLog } from '@towline/base'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import {
  addCredential,
  countCredentials,
  deleteExpired,
  findCredential,
  findLogin,
  listCredentials,
  type NewCredential,
  rotateSecret,
} from '../../credential/credential-store.ts'
import { LastUsed } from '../../credential/last-used.ts'
import { mintCredential } from '../../credential/mint.ts'
import { revokeGrant, revokeOfProject, revokeOfUser, revokeTree } from '../../credential/revoke.ts'
import { hashSecret, newToken } from '../../credential/token.ts'
import { addKey, deleteRetiredKeys, ensureKey, listKeys, rotateKey } from '../../key/key-store.ts'
import { oauthAdapter } from '../../oauth/record-store.ts'
import { deleteProject } from '../../project/project-store.ts'
import { inTransaction } from '../transaction.ts'
import { lockCredential, type StoredCredential } from '../../credential/credential-store.ts'
import { allPages, type Db, NOW, refused, someWorld, type World } from './world.fixture.ts'

/** A credential of a project, as a whole; `changes` differ. */
const some = (world: World, changes: Partial<NewCredential> = {}): NewCredential => {
  const { credentialId, secret } = newToken()
  const id = changes.id ?? credentialId
  return {
    id,
    kind: 'project',
    projectId: world.project.id,
    secretHash: hashSecret(secret),
    permissions: ['tunnels.list'],
    resources: null,
    name: null,
    userId: null,
    clientId: null,
    grantId: null,
    parentId: null,
    rootId: id,
    createdAt: NOW,
    expiresAt: null,
    ...changes,
  }
}

const login = (world: World, grantId: string): NewCredential =>
  some(world, { kind: 'login', projectId: null, secretHash: null, userId: world.owner.id, clientId: 'cli', grantId })

export const credentials = (db: Db): void => {
  const add = async (one: NewCredential): Promise<NewCredential> => {
    await addCredential(db(), one)
    return one
  }
  const child = (world: World, parent: NewCredential, changes: Partial<NewCredential> = {}) =>
    add(some(world, { kind: 'delegated', parentId: parent.id, rootId: parent.rootId, ...changes }))
  const goodOf = async (projectId: string) =>
    (await listCredentials(db(), { projectId, goodAt: NOW, limit: 100 })).items.map(({ id }) => id)

  describe('credentials', () => {
    it('keeps every kind with all it has', async () => {
      const world = await someWorld(db())
      const resources = { OR: [{ projects: [world.project.id] }] }
      const full = await add(some(world, { name: 'ci', resources, userId: world.owner.id, expiresAt: NOW + 9 }))
      const of = { projectSlug: world.project.slug, workspaceId: world.workspaceId }
      const expected = { ...full, ...of, lastUsedAt: null, revokedAt: null }
      expect(await findCredential(db(), full.id)).toEqual(expected)
      const grantId = `g-${full.id}`
      const one = await add(login(world, grantId))
      const found = { ...one, projectSlug: null, workspaceId: null, lastUsedAt: null, revokedAt: null }
      expect(await findLogin(db(), grantId)).toEqual(found)
      expect(await findLogin(db(), 'none')).toBeUndefined()
      expect(await findCredential(db(), 'crd_none')).toBeUndefined()
    })

    it('refuses to rotate what has ended or has no secret; else the old one proves nothing', async () => {
      verifies('token.project')
      const world = await someWorld(db())
      const one = await add(some(world))
      const next = hashSecret(newToken().secret)
      await rotateSecret(db(), one.id, next)
      expect((await findCredential(db(), one.id))?.secretHash).toEqual(next)
      await revokeTree(db(), one.id, NOW)
      const lasting = await add(login(world, `g-${one.id}`))
      const refusals = [one.id, lasting.id, 'crd_none'].map((id) => refused(rotateSecret(db(), id, next)))
      expect(await Promise.all(refusals)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'])
    })

    it('pages by project, person and kind, and leaves out what has ended', async () => {
      const world = await someWorld(db())
      const all = [
        await add(some(world, { userId: world.owner.id })),
        await add(some(world, { createdAt: NOW + 1, kind: 'owner' })),
        await add(some(world, { createdAt: NOW + 2, expiresAt: NOW })),
        await add(some(world, { createdAt: NOW + 3 })),
      ]
      const projectId = world.project.id
      await revokeTree(db(), all[3]!.id, NOW)
      const { items, sizes } = await allPages((cursor) => listCredentials(db(), { projectId, limit: 3, cursor }))
      expect([sizes, items.map(({ id }) => id)]).toEqual([[3, 1], all.map(({ id }) => id)])
      const ids = async (query: object) =>
        (await listCredentials(db(), { limit: 9, ...query })).items.map(({ id }) => id)
      expect(await ids({ projectId, goodAt: NOW })).toEqual([all[0]!.id, all[1]!.id])
      expect(await ids({ userId: world.owner.id })).toEqual([all[0]!.id])
      expect(await ids({ projectId, kinds: ['owner'] })).toEqual([all[1]!.id])
      expect(await countCredentials(db(), projectId, NOW)).toBe(2)
      await deleteExpired(db(), NOW)
      expect(await findCredential(db(), all[2]!.id)).toBeUndefined()
    })

    it('writes the last use once in a while, and never back', async () => {
      verifies('token.project')
      const world = await someWorld(db())
      const one = await add(some(world))
      const clock = { ms: NOW * 1000 }
      const lastUsed = new LastUsed({ db: db(), log: silentLog(), limits: LIMITS, clock: () => clock.ms })
      const told = async () => (await findCredential(db(), one.id))?.lastUsedAt
      lastUsed.touch(one.id)
      clock.ms += 2000
      lastUsed.touch(one.id)
      lastUsed.touch('crd_none')
      expect(await told()).toBeNull()
      await lastUsed.flush()
      expect(await told()).toBe(NOW + 2)
      await lastUsed.close()
      lastUsed.touch(one.id)
      await lastUsed.flush()
      expect(await told()).toBe(NOW + 2)
    })
  })

  describe('revocation', () => {
    it('ends a tree and tells each id once', async () => {
      const world = await someWorld(db())
      const root = await add(some(world))
      const a = await child(world, root)
      const aa = await child(world, a)
      const b = await child(world, root)
      const other = await add(some(world))
      expect((await revokeTree(db(), a.id, NOW)).toSorted()).toEqual([a.id, aa.id].toSorted())
      expect((await revokeTree(db(), root.id, NOW + 1)).toSorted()).toEqual([root.id, b.id].toSorted())
      expect(await revokeTree(db(), root.id, NOW + 2)).toEqual([])
      expect((await findCredential(db(), aa.id))?.revokedAt).toBe(NOW)
      expect(await goodOf(world.project.id)).toEqual([other.id])
    })

    it('ends a login with what was minted from it and its OAuth tokens, and no other', async () => {
      const world = await someWorld(db())
      const adapter = oauthAdapter(db(), () => NOW)
      const [mine, others] = [
        await add(login(world, `g1-${world.project.id}`)),
        await add(login(world, `g2-${world.project.id}`)),
      ]
      const minted = await child(world, mine)
      for (const { id, grantId } of [mine, others]) {
        await adapter('Grant').upsert(grantId as string, { jti: grantId, accountId: world.owner.id }, 60)
        await adapter('AccessToken').upsert(`at-${id}`, { jti: `at-${id}`, grantId, accountId: world.owner.id }, 60)
      }
      const left = () =>
        Promise.all(
          [mine, others].flatMap(({ id, grantId }) => [
            adapter('Grant').find(grantId as string),
            adapter('AccessToken').find(`at-${id}`),
          ]),
        )
      expect((await revokeGrant(db(), mine.grantId as string, NOW)).toSorted()).toEqual([mine.id, minted.id].toSorted())
      expect((await left()).map((one) => one !== undefined)).toEqual([false, false, true, true])
      expect(await revokeOfUser(db(), world.owner.id, NOW)).toEqual([others.id])
      expect((await left()).map((one) => one !== undefined)).toEqual([false, false, false, false])
    })

    it('ends what belongs to a project, and a deleted project tells who it ended', async () => {
      const world = await someWorld(db())
      const root = await add(some(world))
      expect(await revokeOfProject(db(), world.project.id, NOW)).toEqual([root.id])
      const again = await add(some(world))
      expect(await deleteProject(db(), world.project.id, NOW)).toEqual([again.id])
    })

    it('leaves nothing good that was minted while its parent was revoked', async () => {
      verifies('oauth.revoke')
      const world = await someWorld(db())
      for (let round = 0; round < 8; round++) {
        const parent = await add(some(world, { permissions: ALL_PERMISSIONS }))
        const mint = () =>
          inTransaction(db(), async (step) => {
            await lockCredential(step, parent.id)
            const found = (await findCredential(step, parent.id)) as StoredCredential
            if (found.revokedAt !== null) return
            const request = { permissions: ALL_PERMISSIONS, ttlSeconds: 60 }
            await mintCredential(step, found, { request, limits: LIMITS, now: NOW })
          })
        await Promise.all([mint(), mint(), revokeTree(db(), parent.id, NOW), mint()])
        expect(await goodOf(world.project.id)).toEqual([])
      }
    })
  })

  describe('keys', () => {
    it('makes the first once, rotates, and forgets the retired', async () => {
      const kind = `test.${(await someWorld(db())).project.id}`
      let made = 0
      const ensure = () => ensureKey(db(), { kind, now: NOW }, () => `payload ${++made}`)
      const first = await ensure()
      expect([await ensure(), made]).toEqual([first, 1])
      const second = await rotateKey(db(), { kind, payload: 'second', now: NOW + 5 })
      expect(await listKeys(db(), kind)).toEqual([second, { ...first, retiredAt: NOW + 5 }])
      expect(await ensure()).toEqual(second)
      await deleteRetiredKeys(db(), { kind, before: NOW + 5 })
      expect((await listKeys(db(), kind)).length).toBe(2)
      await deleteRetiredKeys(db(), { kind, before: NOW + 6 })
      expect(await listKeys(db(), kind)).toEqual([second])
      await addKey(db(), { kind: `${kind}.other`, payload: 'x', now: NOW })
      expect(await listKeys(db(), kind)).toEqual([second])
    })
  })
}
