/** Owns what stores must do with projects, their settings, reserved names and checkouts. */
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import {
  addCheckout,
  cancelCheckout,
  completeCheckout,
  findCheckout,
  listCheckouts,
} from '../../checkout/checkout-store.ts'
import { keeperOf, listNames, releaseName, reserveName } from '../../domain/domain-store.ts'
import {
  addProject,
  countProjects,
  deleteProject,
  ensureProject,
  findProject,
  findProjectById,
  listProjects,
  renameProject,
  setPlan,
} from '../../project/project-store.ts'
import { changeSettings, patchSettings, readSettings, resetSettings } from '../../project/settings-store.ts'
import { FIRST_WORKSPACE } from '../../workspace/workspace-store.ts'
import { allPages, type Db, NOW, refused, someSlug, someWorld } from './world.fixture.ts'

export const projects = (db: Db): void => {
  describe('projects', () => {
    it('refuses bad and taken slugs, and what does not exist', async () => {
      const { workspaceId, project } = await someWorld(db())
      const add = (slug: string) => refused(addProject(db(), { workspaceId, slug, now: NOW }))
      expect([await add('A B'), await add('api'), await add(project.slug)]).toEqual([
        'NAME_INVALID',
        'NAME_RESERVED',
        'SLUG_TAKEN',
      ])
      const second = await addProject(db(), { workspaceId, slug: someSlug(), now: NOW })
      const rename = (slug: string) => refused(renameProject(db(), second.id, { slug }))
      expect([await rename('-'), await rename('api'), await rename(project.slug)]).toEqual([
        'NAME_INVALID',
        'NAME_RESERVED',
        'SLUG_TAKEN',
      ])
      const none = [
        renameProject(db(), 'prj_none', { name: 'X' }),
        deleteProject(db(), 'prj_none', NOW),
        setPlan(db(), 'prj_none', 'pro'),
        readSettings(db(), 'prj_none'),
        patchSettings(db(), 'prj_none', {}),
      ]
      expect(await Promise.all(none.map(refused))).toEqual(none.map(() => 'NOT_FOUND'))
    })

    it('finds by endpoint and id, renames, and finds nothing once it is deleted', async () => {
      verifies('project.crud')
      const { project } = await someWorld(db())
      expect(await findProject(db(), project.slug)).toEqual(project)
      expect(await findProjectById(db(), project.id)).toEqual(project)
      expect(await renameProject(db(), project.id, { slug: project.slug }), 'its own slug').toEqual(project)
      const slug = someSlug()
      const renamed = { ...project, slug, name: 'Renamed', plan: 'pro' }
      await renameProject(db(), project.id, { name: 'Renamed', slug })
      expect(await setPlan(db(), project.id, 'pro')).toEqual(renamed)
      expect(await findProject(db(), project.slug)).toBeUndefined()
      expect(await deleteProject(db(), project.id, NOW)).toEqual([])
      expect(await findProject(db(), slug)).toBeUndefined()
      expect(await findProjectById(db(), project.id)).toBeUndefined()
      expect(await refused(deleteProject(db(), project.id, NOW))).toBe('NOT_FOUND')
      expect(await refused(readSettings(db(), project.id))).toBe('NOT_FOUND')
    })

    it('leaves the slug of a deleted project to its own workspace only', async () => {
      const { workspaceId, project } = await someWorld(db())
      const other = await someWorld(db())
      await deleteProject(db(), project.id, NOW)
      const wish = { slug: project.slug, now: NOW }
      expect(await refused(addProject(db(), { ...wish, workspaceId: other.workspaceId }))).toBe('SLUG_TAKEN')
      expect(await refused(renameProject(db(), other.project.id, { slug: project.slug }))).toBe('SLUG_TAKEN')
      const again = await addProject(db(), { ...wish, workspaceId })
      expect(again.id).not.toBe(project.id)
      expect(await findProject(db(), project.slug)).toEqual(again)
    })

    it('makes one project of a slug, whoever asks at once', async () => {
      const slug = someSlug()
      const made = await Promise.all([1, 2, 3, 4].map(() => ensureProject(db(), slug, NOW)))
      expect(new Set(made.map(({ id }) => id)).size).toBe(1)
      expect(made[0]).toMatchObject({ slug, workspaceId: FIRST_WORKSPACE, plan: 'free', name: slug })
      const { workspaceId } = await someWorld(db())
      const wish = { workspaceId, slug: someSlug(), now: NOW }
      const tries = await Promise.all([1, 2, 3].map(() => refused(addProject(db(), wish))))
      expect(tries.toSorted()).toEqual(['SLUG_TAKEN', 'SLUG_TAKEN', 'nothing was refused'])
    })

    it('pages projects of a workspace and of a person, and counts them without the deleted', async () => {
      verifies('project.crud')
      const { owner, workspaceId, project } = await someWorld(db())
      const made = [project]
      for (const now of [NOW + 1, NOW + 1, NOW + 2]) {
        made.push(await addProject(db(), { workspaceId, slug: someSlug(), now }))
      }
      const deleted = made.pop() as typeof project
      await deleteProject(db(), deleted.id, NOW)
      const ids = made.map(({ id }) => id).toSorted()
      for (const query of [{ workspaceId }, { memberId: owner.id }, { workspaceId, memberId: owner.id }]) {
        const { items, sizes } = await allPages((cursor) => listProjects(db(), { ...query, limit: 2, cursor }))
        expect(sizes).toEqual([2, 1])
        expect(items.map(({ id }) => id).toSorted()).toEqual(ids)
        expect(items[0]).toEqual(project)
      }
      expect(await countProjects(db(), workspaceId)).toBe(3)
      expect((await listProjects(db(), { memberId: 'usr_none', limit: 9 })).items).toEqual([])
    })
  })

  describe('settings', () => {
    it('patches, resets, and loses none of many changes at once', async () => {
      verifies('project.settings')
      const { project } = await someWorld(db())
      expect(await readSettings(db(), project.id)).toEqual({})
      await patchSettings(db(), project.id, { a: { deep: [1, 'ü'] }, b: 1 })
      expect(await patchSettings(db(), project.id, { b: null, c: false })).toEqual({ a: { deep: [1, 'ü'] }, c: false })
      await resetSettings(db(), project.id)
      const count = (before: Readonly<Record<string, unknown>>) => ({ n: ((before['n'] as number) ?? 0) + 1 })
      await Promise.all(Array.from({ length: 12 }, () => changeSettings(db(), project.id, count)))
      expect(await readSettings(db(), project.id)).toEqual({ n: 12 })
    })
  })

  describe('reserved names', () => {
    const reserver =
      (projectId: string, bound: number = LIMITS.reservedNames) =>
      (name: string) =>
        reserveName(db(), projectId, { name, now: NOW, limits: { reservedNames: bound } })

    it('refuses bad and taken names, and keeps, pages and releases the others', async () => {
      const { project } = await someWorld(db())
      const [a, b, c] = ['a', 'b', 'c'].map((first) => `${first}-${someSlug()}`) as [string, string, string]
      const reserve = reserver(project.id)
      expect([await refused(reserve('www')), await refused(reserve('-'))]).toEqual(['NAME_RESERVED', 'NAME_INVALID'])
      for (const name of [c, a, b]) await reserve(name)
      expect(await refused(reserve(a))).toBe('SLUG_TAKEN')
      const { items, sizes } = await allPages((cursor) => listNames(db(), project.id, { limit: 2, cursor }))
      expect([sizes, items.map(({ name }) => name)]).toEqual([
        [2, 1],
        [a, b, c],
      ])
      await releaseName(db(), project.id, a)
      expect(await refused(releaseName(db(), project.id, a))).toBe('NOT_FOUND')
    })

    it('lets one project of the server keep a name, until it gives it up or is deleted', async () => {
      verifies('project.domains')
      const [mine, theirs] = [await someWorld(db()), await someWorld(db())]
      const name = someSlug()
      await reserver(mine.project.id)(name)
      expect(await refused(reserver(theirs.project.id)(name))).toBe('NAME_KEPT')
      expect(await refused(releaseName(db(), theirs.project.id, name))).toBe('NOT_FOUND')
      expect(await keeperOf(db(), name)).toBe(mine.project.id)
      await releaseName(db(), mine.project.id, name)
      await reserver(theirs.project.id)(name)
      expect(await keeperOf(db(), name)).toBe(theirs.project.id)
      await deleteProject(db(), theirs.project.id, NOW)
      expect(await keeperOf(db(), name)).toBeUndefined()
      await reserver(mine.project.id)(name)
    })

    it('gives a name that two ask for at once to one of them', async () => {
      const worlds = [await someWorld(db()), await someWorld(db()), await someWorld(db())]
      const name = someSlug()
      const tries = await Promise.all(worlds.map(({ project }) => refused(reserver(project.id)(name))))
      expect(tries.toSorted()).toEqual(['NAME_KEPT', 'NAME_KEPT', 'nothing was refused'])
    })

    it('keeps no more than the bound, also when many are asked for at once', async () => {
      verifies('limits.table')
      const { project } = await someWorld(db())
      const reserve = reserver(project.id, 2)
      const tries = await Promise.all([1, 2, 3, 4].map(() => refused(reserve(someSlug()))))
      expect(tries.toSorted()).toEqual(['LIMIT_REACHED', 'LIMIT_REACHED', 'nothing was refused', 'nothing was refused'])
    })
  })

  describe('checkouts', () => {
    const begin = async (db: Db) => {
      const { workspaceId, project } = await someWorld(db())
      const wish = { workspaceId, plan: 'pro', fingerprint: 'f', request: { name: 'x' }, now: NOW, expiresAt: NOW + 60 }
      return { workspaceId, project, checkout: await addCheckout(db(), wish) }
    }

    it('ends once: by completing, cancelling or time', async () => {
      const { project, checkout } = await begin(db)
      const complete = (now: number) => completeCheckout(db(), checkout.id, { projectId: project.id, now })
      expect(await refused(complete(NOW + 60))).toBe('CHECKOUT_ENDED')
      expect((await findCheckout(db(), checkout.id, NOW + 60))?.status).toBe('expired')
      const both = await Promise.all([refused(complete(NOW + 1)), refused(cancelCheckout(db(), checkout.id, NOW + 1))])
      expect(both.toSorted()).toEqual(['CHECKOUT_ENDED', 'nothing was refused'])
      expect(await refused(cancelCheckout(db(), 'chk_none', NOW))).toBe('NOT_FOUND')
      expect(await findCheckout(db(), 'chk_none', NOW)).toBeUndefined()
    })

    it('keeps what is to be made, and lists those of a workspace', async () => {
      const { workspaceId, project, checkout } = await begin(db)
      expect(await findCheckout(db(), checkout.id, NOW)).toEqual(checkout)
      const done = await completeCheckout(db(), checkout.id, { projectId: project.id, now: NOW })
      expect(done).toEqual({ ...checkout, status: 'completed', projectId: project.id })
      expect((await listCheckouts(db(), { workspaceId, now: NOW, limit: 5 })).items).toEqual([done])
    })
  })
}
