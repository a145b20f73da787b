/** Owns what agents asked people to allow: one exact call each, used at most once, and forgotten when its time is over. */
import { newId } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { ApprovalsTable, Tables } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'

/** The `op` of what a workstation asks; an operation of the API has the op of its own id, which holds a dot as well. */
export const WORKSTATION_CALL = 'agent.call'

/** What a workstation says of a call. */
export interface ToldCall {
  readonly tool: string
  /** What it would do, in words. */
  readonly summary: string
  /** Such as a machine. */
  readonly target: string | null
  readonly thread: string | null
}

export interface Approval {
  /** `apr_…` */
  readonly id: string
  readonly credentialId: string
  /** The person who decides; null leaves it to members of the workspace. */
  readonly userId: string | null
  readonly workspaceId: string | null
  /** Id of the operation, or {@link WORKSTATION_CALL}. */
  readonly op: string
  /** Hash of the operation and its exact arguments. */
  readonly fingerprint: string
  /** JSON of the arguments. */
  readonly request: string
  readonly agent: string | null
  /** Of a call on a workstation. */
  readonly told?: ToldCall | undefined
  readonly status: 'pending' | 'approved' | 'refused' | 'used'
  /** Integer seconds. */
  readonly createdAt: number
  readonly expiresAt: number
}

export type NewApproval = Omit<Approval, 'id' | 'status' | 'createdAt' | 'expiresAt'>

export interface Moment {
  /** Integer seconds. */
  readonly now: number
  readonly limits: Limits
}

/** Asks once: the same call that still waits is answered again. Throws LIMIT_REACHED. */
export const askApproval = (db: Kysely<Tables>, asked: NewApproval, { now, limits }: Moment): Promise<Approval> =>
  inTransaction(db, async (step) => {
    const waiting = (
      await step
        .selectFrom('approvals')
        .selectAll()
        .where('credential_id', '=', asked.credentialId)
        .where('status', 'in', ['pending', 'approved'])
        .where('expires_at', '>', now)
        .limit(limits.mcpApprovals)
        .execute()
    ).map(toApproval)
    const same = waiting.find((one) => isSame(one, asked))
    if (same) return same
    if (waiting.length >= limits.mcpApprovals) {
      throw new AppError('LIMIT_REACHED', { limit: 'mcpApprovals', value: limits.mcpApprovals })
    }
    const row = toRow(asked, { id: newId('apr'), status: 'pending', now, limits })
    await step.insertInto('approvals').values(row).execute()
    return toApproval(row)
  })

/** The one word would be about the same call, and on a page that shows the same. */
const isSame = (one: NewApproval, other: NewApproval): boolean =>
  (['op', 'fingerprint', 'request', 'agent'] as const).every((key) => one[key] === other[key]) &&
  (['tool', 'summary', 'target', 'thread'] as const).every((key) => one.told?.[key] === other.told?.[key])

/** Undefined for one that is unknown or over. */
export const findApproval = async (db: Kysely<Tables>, id: string, now: number): Promise<Approval | undefined> => {
  const row = await db
    .selectFrom('approvals')
    .selectAll()
    .where('id', '=', id)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row && toApproval(row)
}

/** The first word of a person counts; answers whether this was it. */
export const decideApproval = async (
  db: Kysely<Tables>,
  id: string,
  { status, by, now }: { readonly status: 'approved' | 'refused'; readonly by: string; readonly now: number },
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('approvals')
    .set({ status, decided_by: by })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Uses up what a person allowed; false when somebody was faster. */
export const useApproval = async (db: Kysely<Tables>, id: string, now: number): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('approvals')
    .set({ status: 'used' })
    .where('id', '=', id)
    .where('status', '=', 'approved')
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Uses up what a person allowed elsewhere under an id of ours; false the second time. */
export const useOnce = async (
  db: Kysely<Tables>,
  asked: NewApproval & { readonly id: string },
  moment: Moment,
): Promise<boolean> => {
  const row = toRow(asked, { id: asked.id, status: 'used', ...moment })
  const fresh = await db
    .insertInto('approvals')
    .values(row)
    .onConflict((on) => on.column('id').doNothing())
    .returning('id')
    .executeTakeFirst()
  return fresh !== undefined
}

export const deleteExpiredApprovals = async (db: Kysely<Tables>, now: number): Promise<void> => {
  await db.deleteFrom('approvals').where('expires_at', '<=', now).execute()
}

interface Made extends Moment {
  readonly id: string
  readonly status: Approval['status']
}

const toRow = (asked: NewApproval, { id, status, now, limits }: Made): ApprovalsTable => ({
  id,
  credential_id: asked.credentialId,
  user_id: asked.userId,
  workspace_id: asked.workspaceId,
  op: asked.op,
  fingerprint: asked.fingerprint,
  request: asked.request,
  agent: asked.agent,
  tool: asked.told?.tool ?? null,
  summary: asked.told?.summary ?? null,
  target: asked.told?.target ?? null,
  thread: asked.told?.thread ?? null,
  status,
  decided_by: null,
  created_at: now,
  expires_at: now + limits.mcpApprovalSeconds,
})

const toApproval = (row: ApprovalsTable): Approval => ({
  id: row.id,
  credentialId: row.credential_id,
  userId: row.user_id,
  workspaceId: row.workspace_id,
  op: row.op,
  fingerprint: row.fingerprint,
  request: row.request,
  agent: row.agent,
  ...(row.tool !== null && {
    told: { tool: row.tool, summary: row.summary ?? '', target: row.target, thread: row.thread },
  }),
  status: row.status as Approval['status'],
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})
