/** Owns opening and closing the control room: the store, the authority over it, and what only its operator may do. */
import type { Log } from '@towline/base'
import { ALL_PERMISSIONS, AppError, type AuditRecord, type Authority, type Limits, LIMITS } from '@towline/protocol'
import { createPeople, type People } from './accounts/operate.ts'
import { AuditLog, type AuditQuery } from './audit/audit-log.ts'
import { keepOperator } from './audit/keep.ts'
import { StoreAuthority } from './authority.ts'
import { addCredential, findCredential } from './credential/credential-store.ts'
import { LastUsed } from './credential/last-used.ts'
import { revokeGrant, revokeTree } from './credential/revoke.ts'
import { formatToken, hashSecret, newToken } from './credential/token.ts'
import { keepParts } from './parts.ts'
import { RequestLog } from './log/request-log.ts'
import { ensureProject, findProject, type Project } from './project/project-store.ts'
import { openStore } from './store/open-store.ts'
import { openSweeper } from './store/sweep.ts'
import { inTransaction } from './store/transaction.ts'
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

/** A credential with all permissions that does not expire; `token` is shown once. */
export interface OwnerCredential {
  readonly token: string
  readonly credentialId: string
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
  const seconds = (): number => Math.floor(clock() / 1000)

  const createOwnerCredential = async (projectId: string): Promise<OwnerCredential> => {
    const token = newToken()
    const id = token.credentialId
    const secretHash = hashSecret(token.secret)
    const root = { id, projectId, secretHash, permissions: ALL_PERMISSIONS, parentId: null, rootId: id }
    await inTransaction(db, async (step) => {
      await addCredential(step, { ...root, createdAt: seconds(), expiresAt: null })
      await keepOperator({ ...keeping, db: step }, { action: 'tokens.create', projectId, target: id })
    })
    return { token: formatToken(token), credentialId: id }
  }

  const endCredential = async (credentialId: string): Promise<readonly string[]> => {
    const found = await findCredential(db, credentialId)
    if (!found) throw new AppError('NOT_FOUND', { what: 'credential', id: credentialId })
    const { grantId } = found
    const revoked =
      grantId === null ? await revokeTree(db, credentialId, seconds()) : await revokeGrant(db, grantId, seconds())
    authority.tellRevoked(revoked)
    return revoked
  }

  const revoke = async (credentialId: string): Promise<readonly string[]> => {
    const revoked = await endCredential(credentialId)
    await keepOperator(keeping, { action: 'tokens.revoke', target: credentialId })
    return revoked
  }

  const makeProject = async (slug: string): Promise<Project> => {
    const known = await findProject(db, slug)
    if (known) return known
    const project = await ensureProject(db, slug, seconds())
    const { id, workspaceId } = project
    await keepOperator(keeping, { action: 'projects.create', projectId: id, workspaceId, target: id })
    return project
  }

  let closing: Promise<void> | undefined
  const control: Control = {
    ...createPeople({ ...keeping, authority, now: seconds }),
    authority,
    ensureProject: makeProject,
    createOwnerCredential,
    revoke,
    check: async () => void (await db.selectFrom('projects').select('id').limit(1).execute()),
    audit: (query) => audit.list(query),
    close() {
      closing ??= Promise.all([sweeper, ...waiting].map((part) => part.close())).then(() => store.close())
      return closing
    },
  }
  const flush = async (): Promise<void> => void (await Promise.all(waiting.map((part) => part.flush())))
  return keepParts(control, { ...keeping, dialect: store.kind, log, authority, endCredential, flush })
}
