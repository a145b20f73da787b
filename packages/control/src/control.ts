/** Owns opening and closing the control room: the store, the authority over it, and what only its operator may do. */
import type { Log } from '@towline/base'
import { type AuditRecord, type Authority, type Limits, LIMITS } from '@towline/protocol'
import { createPeople, type People } from './accounts/operate.ts'
import { AuditLog, type AuditQuery } from './audit/audit-log.ts'
import { StoreAuthority } from './authority.ts'
import { LastUsed } from './credential/last-used.ts'
import {
  createOwner,
  endCredential,
  type OwnerCredential,
  projectOf,
  revokeByOperator,
} from './credential/operate-credentials.ts'
import { keepParts } from './parts.ts'
import { RequestLog } from './log/request-log.ts'
import type { Project } from './project/project-store.ts'
import { openStore } from './store/open-store.ts'
import { openSweeper } from './store/sweep.ts'
import { UsageMeter } from './usage/usage-meter.ts'

export interface ControlOptions {
  /** Holds all data; made when absent. One server at a time. */
  readonly dir: string
  /** URL of a PostgreSQL database; absent means the embedded one in `dir`. */
  readonly database?: string | undefined
  readonly log: Log
  /** Milliseconds since the epoch; Date.now when absent. */
  readonly clock?: () => number
  readonly limits?: Limits
}

export interface Control extends People {
  readonly authority: Authority
  /** The project of a slug, made when there is none. Throws NAME_INVALID or NAME_RESERVED. */
  ensureProject(slug: string): Promise<Project>
  createOwnerCredential(projectId: string): Promise<OwnerCredential>
  /** Ends a credential and all minted from it, at once; answers the ids that were good until now. Throws NOT_FOUND. */
  revoke(credentialId: string): Promise<readonly string[]>
  /** Rejects when the store does not answer. */
  check(): Promise<void>
  /** Newest first. */
  audit(query: AuditQuery): Promise<readonly AuditRecord[]>
  /** Twice is harmless. */
  close(): Promise<void>
}

/** Opens the data folder. Throws ALREADY_RUNNING, DATA_NEWER, DATA_BROKEN or DATABASE_UNREACHABLE. */
export const openControl = async (options: ControlOptions): Promise<Control> => {
  const { dir, database, log, clock = Date.now, limits = LIMITS } = options
  const store = await openStore({ ...(database === undefined ? { dir } : { url: database }), log, limits })
  const { db } = store
  const audit = new AuditLog({ db, log, limits, clock })
  const requests = new RequestLog({ db, log, limits })
  const usage = new UsageMeter({ db, log, limits })
  const lastUsed = new LastUsed({ db, log, limits, clock })
  const waiting = [audit, requests, usage, lastUsed]
  const authority = new StoreAuthority({ db, audit, requests, usage, lastUsed, log, limits, clock })
  const sweeper = openSweeper({ db, log, limits, clock })
  const keeping = { db, limits, clock, audit }
  const operating = { ...keeping, authority, now: () => Math.floor(clock() / 1000) }

  let closing: Promise<void> | undefined
  const control: Control = {
    ...createPeople(operating),
    authority,
    ensureProject: (slug) => projectOf(operating, slug),
    createOwnerCredential: (projectId) => createOwner(operating, projectId),
    revoke: (credentialId) => revokeByOperator(operating, credentialId),
    check: async () => void (await db.selectFrom('projects').select('id').limit(1).execute()),
    audit: (query) => audit.list(query),
    close() {
      closing ??= Promise.all([sweeper, ...waiting].map((part) => part.close())).then(() => store.close())
      return closing
    },
  }
  const flush = async (): Promise<void> => void (await Promise.all(waiting.map((part) => part.flush())))
  const end = (credentialId: string): Promise<readonly string[]> => endCredential(operating, credentialId)
  return keepParts(control, { ...keeping, dialect: store.kind, log, authority, endCredential: end, flush })
}
