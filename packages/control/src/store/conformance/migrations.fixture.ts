/** Owns what a store must do with data of the first schema: nothing of it is lost or loses its rights. */
import { type Kysely, sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { findCredential } from '../../credential/credential-store.ts'
import { revokeTree } from '../../credential/revoke.ts'
import { keeperOf } from '../../domain/domain-store.ts'
import { addProject, findProject } from '../../project/project-store.ts'
import { FIRST_WORKSPACE } from '../../workspace/workspace-store.ts'
import { MIGRATIONS, schemaVersion } from '../migrate.ts'
import type { Store } from '../open-store.ts'
import type { Tables } from '../schema.ts'
import { refused } from './world.fixture.ts'

/** Declares the suite; each `open` opens the same store. */
export const migrationConformance = (name: string, open: () => Promise<Store>): void => {
  describe(`store migrations: ${name}`, () => {
    it('brings projects and credentials of the first schema along, with parents, ends and secrets', async () => {
      const before = await open()
      await takeBackToFirst(before.db)
      await fillFirst(before.db)
      await before.close()
      const { db, close } = await open()
      expect(await schemaVersion(db)).toBe(MIGRATIONS.length)
      const project = {
        id: 'prj_1',
        workspaceId: FIRST_WORKSPACE,
        slug: 'dev',
        name: 'dev',
        plan: 'free',
        createdAt: 7,
      }
      expect(await findProject(db, 'dev')).toEqual(project)
      const root = {
        ...{ id: 'crd_a', kind: 'owner', projectId: 'prj_1', projectSlug: 'dev', workspaceId: FIRST_WORKSPACE },
        ...{ secretHash: Buffer.from('aa', 'hex') },
        ...{ permissions: ['tunnels.list'], resources: null, name: null, userId: null, clientId: null, grantId: null },
        ...{ parentId: null, rootId: 'crd_a', createdAt: 1, lastUsedAt: null, expiresAt: null, revokedAt: null },
      }
      expect(await findCredential(db, 'crd_a')).toEqual(root)
      const child = { ...root, id: 'crd_b', kind: 'delegated', secretHash: Buffer.from('bb', 'hex'), parentId: 'crd_a' }
      expect(await findCredential(db, 'crd_b')).toEqual({ ...child, createdAt: 2, expiresAt: 3, revokedAt: 4 })
      expect(await refused(addProject(db, { workspaceId: FIRST_WORKSPACE, slug: 'dev', now: 1 }))).toBe('SLUG_TAKEN')
      expect(await revokeTree(db, 'crd_a', 9)).toEqual(['crd_a'])
      const loose = { id: 'crd_c', kind: 'owner', permissions: '[]', root_id: 'crd_c', created_at: 1 }
      for (const bad of [{ project_id: 'prj_none' }, { parent_id: 'crd_none' }]) {
        await expect(
          db
            .insertInto('credentials')
            .values({ ...loose, ...bad })
            .execute(),
        ).rejects.toThrow(/foreign key/i)
      }
      await close()
    })

    it('leaves a name that several projects kept to the one that kept it first, and none to a deleted one', async () => {
      const before = await open()
      await takeBackTo(before.db, 4)
      const { id: first } = await someProject(before.db, 'first')
      const { id: second } = await someProject(before.db, 'second')
      const { id: gone } = await someProject(before.db, 'gone')
      await sql`update projects set deleted_at = 5 where id = ${gone}`.execute(before.db)
      const kept = [
        [second, 'both', 8],
        [first, 'both', 7],
        [second, 'same', 7],
        [first, 'same', 7],
        [gone, 'gone', 1],
        [second, 'gone', 2],
        [gone, 'alone', 1],
      ] as const
      for (const [project_id, name, created_at] of kept)
        await before.db.insertInto('domains').values({ project_id, name, kind: 'reserved', created_at }).execute()
      await before.close()
      const { db, close } = await open()
      const keepers = await Promise.all(['both', 'same', 'gone', 'alone'].map((name) => keeperOf(db, name)))
      expect(keepers).toEqual([first, [first, second].toSorted()[0], second, undefined])
      await close()
    })
  })
}

const someProject = (db: Kysely<Tables>, slug: string) => addProject(db, { workspaceId: FIRST_WORKSPACE, slug, now: 1 })

/** The tables as the first migration leaves them, and empty. */
const takeBackToFirst = async (db: Kysely<Tables>): Promise<void> => {
  const all = MIGRATIONS.flat().filter((statement) => typeof statement === 'string')
  const made = all.flatMap((statement) => /^create table (\w+)/.exec(statement)?.[1] ?? [])
  const kept = made.filter((table) => !table.endsWith('_next') && !['projects', 'credentials'].includes(table))
  for (const table of [...kept.toReversed(), 'credentials', 'projects']) {
    // Workspaces and people are named by projects and credentials.
    if (!['workspaces', 'users'].includes(table)) await sql`drop table ${sql.table(table)}`.execute(db)
  }
  for (const table of ['workspaces', 'users']) await sql`drop table ${sql.table(table)}`.execute(db)
  for (const statement of MIGRATIONS[0] ?? []) await sql.raw(statement as string).execute(db)
  await sql`update schema_version set version = 1`.execute(db)
}

/** The tables as an early migration leaves them, and empty. */
const takeBackTo = async (db: Kysely<Tables>, version: number): Promise<void> => {
  await takeBackToFirst(db)
  for (const statement of MIGRATIONS.slice(1, version).flat()) await sql.raw(statement as string).execute(db)
  await sql`update schema_version set version = ${version}`.execute(db)
}

const fillFirst = async (db: Kysely<Tables>): Promise<void> => {
  await sql`insert into projects (id, slug, created_at) values ('prj_1', 'dev', 7)`.execute(db)
  const columns = sql`id, project_id, secret_hash, permissions, parent_id, root_id, created_at, expires_at, revoked_at`
  await sql`insert into credentials (${columns}) values
    ('crd_a', 'prj_1', 'aa', '["tunnels.list"]', null, 'crd_a', 1, null, null),
    ('crd_b', 'prj_1', 'bb', '["tunnels.list"]', 'crd_a', 'crd_a', 2, 3, 4)`.execute(db)
}
