/** Owns who is a member of a workspace, in which role; a workspace keeps at least one owner. */
import { AppError, type Role } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { beyond, type Page, type PageQuery, pageOf } from '../store/page.ts'
import type { Tables } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'
import { lockWorkspace } from './workspace-store.ts'

export interface Member {
  readonly userId: string
  readonly email: string
  readonly name: string
  readonly role: Role
  /** Integer seconds; when the person joined. */
  readonly createdAt: number
}

/** Which member. */
export interface MemberKey {
  readonly workspaceId: string
  readonly userId: string
}

/** The role of a person in a workspace; undefined for a stranger and for one who is disabled. */
export const findRole = async (db: Kysely<Tables>, { workspaceId, userId }: MemberKey): Promise<Role | undefined> => {
  const row = await db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select('members.role')
    .where('members.workspace_id', '=', workspaceId)
    .where('members.user_id', '=', userId)
    .where('users.disabled_at', 'is', null)
    .executeTakeFirst()
  return row?.role as Role | undefined
}

/** Whether a person belongs to any workspace. */
export const isMember = async (db: Kysely<Tables>, userId: string): Promise<boolean> =>
  (await db.selectFrom('members').select('role').where('user_id', '=', userId).limit(1).executeTakeFirst()) !==
  undefined

/** The workspace of a person who belongs to no other. */
export const onlyWorkspace = async (db: Kysely<Tables>, userId: string): Promise<string | undefined> => {
  const rows = await db.selectFrom('members').select('workspace_id').where('user_id', '=', userId).limit(2).execute()
  return rows.length === 1 ? rows[0]?.workspace_id : undefined
}

/** Also of one who is disabled. Throws NOT_FOUND. */
export const findMember = async (db: Kysely<Tables>, key: MemberKey): Promise<Member> => {
  const row = await db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select(['users.id', 'users.email', 'users.name', 'members.role', 'members.created_at'])
    .where('members.workspace_id', '=', key.workspaceId)
    .where('members.user_id', '=', key.userId)
    .executeTakeFirst()
  if (!row) throw new AppError('NOT_FOUND', { what: 'member', id: key.userId })
  return toMember(row)
}

/** Throws ALREADY_MEMBER. */
export const addMember = async (
  db: Kysely<Tables>,
  { workspaceId, userId }: MemberKey,
  { role, now }: { readonly role: Role; readonly now: number },
): Promise<void> => {
  const row = await db
    .insertInto('members')
    .values({ workspace_id: workspaceId, user_id: userId, role, created_at: now })
    .onConflict((on) => on.columns(['workspace_id', 'user_id']).doNothing())
    .returning('user_id')
    .executeTakeFirst()
  if (!row) throw new AppError('ALREADY_MEMBER')
}

/** Throws NOT_FOUND, or LAST_OWNER when no owner would be left. */
export const setRole = (db: Kysely<Tables>, key: MemberKey, role: Role): Promise<void> =>
  changing(db, key, async (step) => {
    await ofMember(step.updateTable('members').set({ role }), key).execute()
  })

/** Throws NOT_FOUND, or LAST_OWNER when no owner would be left. */
export const removeMember = (db: Kysely<Tables>, key: MemberKey): Promise<void> =>
  changing(db, key, async (step) => {
    await ofMember(step.deleteFrom('members'), key).execute()
  })

/** In the order they joined. */
export const listMembers = async (
  db: Kysely<Tables>,
  workspaceId: string,
  { limit, cursor }: PageQuery,
): Promise<Page<Member>> => {
  const rows = await db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select(['users.id', 'users.email', 'users.name', 'members.role', 'members.created_at'])
    .where('members.workspace_id', '=', workspaceId)
    .where(beyond(cursor, ['members.created_at', 'users.id']))
    .orderBy('members.created_at')
    .orderBy('users.id')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, {
    key: (row) => [row.created_at, row.id],
    item: toMember,
  })
}

interface MemberRow {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: string
  readonly created_at: number
}

const toMember = ({ id, email, name, role, created_at }: MemberRow): Member => ({
  userId: id,
  email,
  name,
  role: role as Role,
  createdAt: created_at,
})

/** Changes of one workspace wait for each other, or two owners could leave at once. */
const changing = (db: Kysely<Tables>, key: MemberKey, change: (step: Kysely<Tables>) => Promise<void>) =>
  inTransaction(db, async (step) => {
    await lockWorkspace(step, key.workspaceId)
    const member = await ofMember(step.selectFrom('members').select('role'), key).executeTakeFirst()
    if (!member) throw new AppError('NOT_FOUND', { what: 'member', id: key.userId })
    await change(step)
    if (member.role === 'owner' && (await countOwners(step, key.workspaceId)) === 0) throw new AppError('LAST_OWNER')
  })

interface Filtered {
  where(column: string, operator: '=', value: string): this
}

const ofMember = <Query>(query: Query, { workspaceId, userId }: MemberKey): Query =>
  (query as Filtered).where('workspace_id', '=', workspaceId).where('user_id', '=', userId) as Query

const countOwners = async (db: Kysely<Tables>, workspaceId: string): Promise<number> => {
  const row = await db
    .selectFrom('members')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .where('role', '=', 'owner')
    .executeTakeFirstOrThrow()
  return Number(row.count)
}
