/** Owns keeping what happens outside of the control API: at sign-in, at the OAuth server, by the operator. */
import type { AuditRecord, Limits } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import { addAudit } from './audit-store.ts'

export interface Keeping {
  readonly db: Kysely<Tables>
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Takes a record in passing. */
  readonly audit: { add(record: AuditRecord): void }
}

export type Happening = Omit<AuditRecord, 'at'>

/**
 * What was done is written before its answer goes out, or with it as one when `db` is a transaction. What was refused, or done
 * by those who proved nothing, comes in masses: it waits for its turn, and pushes out no change.
 */
export const keep = async ({ db, limits, clock, audit }: Keeping, what: Happening): Promise<void> => {
  const ms = clock()
  const record = { at: Math.floor(ms / 1000), ...what }
  if (what.decision === 'allowed' && isProven(what)) await addAudit(db, record, { ms, limits })
  else audit.add(record)
}

const isProven = ({ userId, credentialId, projectId, details }: Happening): boolean =>
  [userId, credentialId, projectId, details?.['by']].some((who) => who !== undefined)

/** What whoever runs the server does by the server itself, without a credential. */
export const keepOperator = (keeping: Keeping, what: Omit<Happening, 'decision'>): Promise<void> =>
  keep(keeping, { ...what, decision: 'allowed', details: { ...what.details, by: 'operator' } })
