/** Owns forgetting what has had its time: now and then, all of it. */
import type { Log } from '@towline/base'
import type { Limits } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { deleteExpiredSignIns } from '../accounts/delete-expired.ts'
import { deleteExpiredApprovals } from '../approval/approval-store.ts'
import { trimAudit } from '../audit/audit-store.ts'
import { deleteExpired } from '../credential/credential-store.ts'
import { deleteOldKeys } from '../idempotency/idempotency-store.ts'
import { deleteOldLogs } from '../log/log-store.ts'
import { deleteExpiredOauth } from '../oauth/record-store.ts'
import { deleteOldUsage } from '../usage/usage-store.ts'
import type { Tables } from './schema.ts'

export interface SweepOptions {
  readonly db: Kysely<Tables>
  readonly log: Log
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Each by itself, so that one that fails keeps none from its turn. `now` in integer seconds. */
const SWEEPS: readonly ((db: Kysely<Tables>, now: number, limits: Limits) => Promise<void>)[] = [
  (db, now) => deleteExpired(db, now),
  (db, now) => deleteExpiredOauth(db, now),
  (db, now) => deleteExpiredSignIns(db, now),
  (db, now) => deleteExpiredApprovals(db, now),
  (db, now, { idempotencySeconds }) => deleteOldKeys(db, now - idempotencySeconds),
  (db, now, { logSeconds }) => deleteOldLogs(db, now - logSeconds),
  (db, now, { usageSeconds }) => deleteOldUsage(db, now - usageSeconds),
  (db, _, limits) => trimAudit(db, limits),
]

/** Forgets what has expired by now; never rejects. */
export const sweep = async ({ db, log, limits, clock }: SweepOptions): Promise<void> => {
  const now = Math.floor(clock() / 1000)
  for (const one of SWEEPS) {
    await one(db, now, limits).catch((error: unknown) => log.warn({ err: error }, 'old rows could not be deleted'))
  }
}

/** Sweeps every sweepMs. `close` twice is harmless and waits for one that runs. */
export const openSweeper = (options: SweepOptions): { close(): Promise<void> } => {
  let running: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    running = running.then(() => sweep(options))
  }, options.limits.sweepMs).unref()
  return {
    close() {
      clearInterval(timer)
      return running
    },
  }
}
