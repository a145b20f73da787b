/** Owns the people in the database. How they sign in is better-auth's. */
import { newId } from '@towline/base'
import { AppError } from '@towline/protocol'
import { type Kysely, sql } from 'kysely'
import { beyond, type Page, type PageQuery, pageOf } from '../store/page.ts'
import type { Tables, UsersTable } from '../store/schema.ts'

export interface User {
  /** `usr_…` */
  readonly id: string
  readonly email: string
  readonly name: string
  /** Integer seconds. */
  readonly createdAt: number
  /** Absent for one who may sign in. */
  readonly disabledAt?: number
}

export interface NewUser {
  /** A new one when absent. */
  readonly id?: string
  readonly email: string
  readonly name: string
  readonly now: number
}

/** Throws EMAIL_TAKEN; addresses are the same when they differ in case only. */
export const addUser = async (db: Kysely<Tables>, { id = newId('usr'), email, name, now }: NewUser): Promise<User> => {
  const row = await db
    .insertInto('users')
    .values({ id, email: folded(email), name, created_at: now, disabled_at: null })
    .onConflict((on) => on.column('email').doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new AppError('EMAIL_TAKEN', { email })
  return toUser(row)
}

/** Undefined when there is none. */
export const findUser = async (db: Kysely<Tables>, id: string): Promise<User | undefined> => {
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toUser(row)
}

/** Undefined when there is none. */
export const findUserByEmail = async (db: Kysely<Tables>, email: string): Promise<User | undefined> => {
  const row = await db.selectFrom('users').selectAll().where('email', '=', folded(email)).executeTakeFirst()
  return row && toUser(row)
}

/** Whether a person has a password, a passkey or a provider to sign in with. */
export const maySignIn = async (db: Kysely<Tables>, id: string): Promise<boolean> => {
  const { rows } = await sql`select 1 from auth_account where "userId" = ${id}
    union all select 1 from auth_passkey where "userId" = ${id} limit 1`.execute(db)
  return rows.length > 0
}

/** Throws NOT_FOUND. */
export const renameUser = async (db: Kysely<Tables>, id: string, name: string): Promise<User> => {
  const row = await db.updateTable('users').set({ name }).where('id', '=', id).returningAll().executeTakeFirst()
  return toUser(found(row, id))
}

/** Keeps a person out from `at` on, or lets them in again by null; their credentials are revoked apart. Throws NOT_FOUND. */
export const disableUser = async (db: Kysely<Tables>, id: string, at: number | null): Promise<User> => {
  const change = db.updateTable('users').set({ disabled_at: at }).where('id', '=', id)
  return toUser(found(await change.returningAll().executeTakeFirst(), id))
}

/** All people there are; 0 before the first owner. */
export const countUsers = async (db: Kysely<Tables>): Promise<number> => {
  const count = db.selectFrom('users').select(({ fn }) => fn.countAll<number>().as('count'))
  return Number((await count.executeTakeFirstOrThrow()).count)
}

/** In the order they came. */
export const listUsers = async (db: Kysely<Tables>, { limit, cursor }: PageQuery): Promise<Page<User>> => {
  const rows = await db
    .selectFrom('users')
    .selectAll()
    .where(beyond(cursor, ['created_at', 'id']))
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, { key: (row) => [row.created_at, row.id], item: toUser })
}

const folded = (email: string): string => email.trim().toLowerCase()

const found = <T>(row: T | undefined, id: string): T => {
  if (row === undefined) throw new AppError('NOT_FOUND', { what: 'user', id })
  return row
}

const toUser = (row: UsersTable): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  createdAt: row.created_at,
  ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at }),
})
