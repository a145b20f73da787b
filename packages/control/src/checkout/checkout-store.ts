/** Owns checkouts in the database: what is made when a plan has been paid for. They end once, by completing, cancelling or time. */
import { newId } from '@towline/base'
import { AppError } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { beyond, type Page, type PageQuery, pageOf } from '../store/page.ts'
import type { CheckoutsTable, Tables } from '../store/schema.ts'

export type CheckoutStatus = 'open' | 'completed' | 'cancelled' | 'expired'

export interface Checkout {
  /** `chk_…` */
  readonly id: string
  readonly workspaceId: string
  readonly plan: string
  readonly fingerprint: string
  readonly status: CheckoutStatus
  /** What was made when it completed. */
  readonly projectId?: string
  /** What is to be made. */
  readonly request: unknown
  /** Integer seconds. */
  readonly createdAt: number
  /** Integer seconds. */
  readonly expiresAt: number
}

export interface NewCheckout {
  readonly workspaceId: string
  readonly plan: string
  readonly fingerprint: string
  readonly request: unknown
  readonly now: number
  readonly expiresAt: number
}

export const addCheckout = async (db: Kysely<Tables>, one: NewCheckout): Promise<Checkout> => {
  const row: CheckoutsTable = {
    id: newId('chk'),
    workspace_id: one.workspaceId,
    plan: one.plan,
    fingerprint: one.fingerprint,
    status: 'open',
    project_id: null,
    request: JSON.stringify(one.request),
    created_at: one.now,
    expires_at: one.expiresAt,
  }
  await db.insertInto('checkouts').values(row).execute()
  return toCheckout(row, one.now)
}

/** Undefined when there is none. */
export const findCheckout = async (db: Kysely<Tables>, id: string, now: number): Promise<Checkout | undefined> => {
  const row = await db.selectFrom('checkouts').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toCheckout(row, now)
}

/** Of a workspace, in the order they were begun. */
export const listCheckouts = async (
  db: Kysely<Tables>,
  { workspaceId, now, limit, cursor }: PageQuery & { readonly workspaceId: string; readonly now: number },
): Promise<Page<Checkout>> => {
  const rows = await db
    .selectFrom('checkouts')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where(beyond(cursor, ['created_at', 'id']))
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, { key: (row) => [row.created_at, row.id], item: (row) => toCheckout(row, now) })
}

/** Call in the transaction that makes the project. Throws NOT_FOUND or CHECKOUT_ENDED. */
export const completeCheckout = (
  db: Kysely<Tables>,
  id: string,
  { projectId, now }: { readonly projectId: string; readonly now: number },
): Promise<Checkout> => end(db, id, { status: 'completed', project_id: projectId, now })

/** Throws NOT_FOUND or CHECKOUT_ENDED. */
export const cancelCheckout = (db: Kysely<Tables>, id: string, now: number): Promise<Checkout> =>
  end(db, id, { status: 'cancelled', project_id: null, now })

interface End {
  readonly status: CheckoutStatus
  readonly project_id: string | null
  readonly now: number
}

/** One statement, so of two that end it at once only one does. */
const end = async (db: Kysely<Tables>, id: string, { status, project_id, now }: End): Promise<Checkout> => {
  const row = await db
    .updateTable('checkouts')
    .set({ status, project_id })
    .where('id', '=', id)
    .where('status', '=', 'open')
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
  if (row) return toCheckout(row, now)
  const ended = await findCheckout(db, id, now)
  if (!ended) throw new AppError('NOT_FOUND', { what: 'checkout', id })
  throw new AppError('CHECKOUT_ENDED', { id, status: ended.status })
}

const toCheckout = (row: CheckoutsTable, now: number): Checkout => ({
  id: row.id,
  workspaceId: row.workspace_id,
  plan: row.plan,
  fingerprint: row.fingerprint,
  status: row.status === 'open' && row.expires_at <= now ? 'expired' : (row.status as CheckoutStatus),
  ...(row.project_id === null ? {} : { projectId: row.project_id }),
  request: JSON.parse(row.request) as unknown,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})
