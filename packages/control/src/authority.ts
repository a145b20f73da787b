/** Owns the Authority of one process: the seam the engine asks, answered from the store. */
import { timingSafeEqual } from 'node:crypto'
import type { Log } from '@towline/base'
import {
  AppError,
  type Authority,
  type Limits,
  type LogEntry,
  type Minted,
  type MintRequest,
  permissionsOfRole,
  type Principal,
  type ProjectPolicy,
  type Usage,
  type VerifyRequest,
} from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { AuditLog } from './audit/audit-log.ts'
import { findCredential, lockCredential, type StoredCredential } from './credential/credential-store.ts'
import type { LastUsed } from './credential/last-used.ts'
import { mintCredential } from './credential/mint.ts'
import { hashSecret, parseToken } from './credential/token.ts'
import { keeperOf } from './domain/domain-store.ts'
import type { RequestLog } from './log/request-log.ts'
import { common, findLoginToken, isLoginToken, principalOf } from './oauth/verify-login.ts'
import { findProject } from './project/project-store.ts'
import { reachedProject, reachedProjects } from './project/reached-projects.ts'
import { Remembered } from './project/remembered.ts'
import { policyOf } from './project/settings.ts'
import { readSettings } from './project/settings-store.ts'
import type { Tables } from './store/schema.ts'
import type { UsageMeter } from './usage/usage-meter.ts'

export interface StoreAuthorityOptions {
  readonly db: Kysely<Tables>
  readonly audit: AuditLog
  /** What the engine observes goes here; nowhere when absent. */
  readonly requests?: Pick<RequestLog, 'add'>
  readonly usage?: Pick<UsageMeter, 'add'>
  readonly lastUsed?: Pick<LastUsed, 'touch'>
  readonly log: Log
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Stands in for the hash of a credential that does not exist, so that its check costs the same. */
const NOBODY = Buffer.alloc(32)

export class StoreAuthority implements Authority {
  readonly #options: StoreAuthorityOptions
  readonly #listeners = new Set<(credentialId: string) => void>()
  /** Of projects that restrict something, and of names that are kept, as the store told them last. */
  readonly #policies: Remembered<ProjectPolicy>
  readonly #keepers: Remembered<string>

  constructor(options: StoreAuthorityOptions) {
    this.#options = options
    const { limits, log } = options
    const remembered = { most: limits.authCacheEntries, log }
    this.#policies = new Remembered(remembered)
    this.#keepers = new Remembered(remembered)
  }

  /** Where the site is, once it is open: access tokens are issued for it, and mean nothing before. */
  publicUrl: string | undefined

  verify(token: string, request: VerifyRequest = {}): Promise<Principal> {
    return this.#ask(async () => {
      const parsed = parseToken(token)
      if (!parsed) return this.#verifyLogin(token, request)
      const found = await findCredential(this.#options.db, parsed.credentialId)
      const proven = timingSafeEqual(hashSecret(parsed.secret), found?.secretHash ?? NOBODY)
      if (!found || !proven || !isGood(found, this.#seconds())) throw new AppError('UNAUTHENTICATED')
      this.#options.lastUsed?.touch(found.id)
      if (!isMeant(found, request.project)) throw new AppError('UNAUTHENTICATED')
      return found.userId === null ? toPrincipal(found) : this.#ofPerson(toPrincipal(found), found.userId)
    })
  }

  async #verifyLogin(token: string, { project, audience = 'engine' }: VerifyRequest): Promise<Principal> {
    const { publicUrl } = this
    // A client that comes back while the server starts must not take its login for lost.
    if (publicUrl === undefined) throw new AppError(isLoginToken(token) ? 'AUTHORITY_UNAVAILABLE' : 'UNAUTHENTICATED')
    const { db } = this.#options
    const found = await findLoginToken(db, token, { audience, publicUrl, now: this.#seconds() })
    const reached = await reachedProject(db, found.login.userId, project)
    this.#options.lastUsed?.touch(found.login.id)
    return principalOf(found, reached)
  }

  /** What a person made is worth no more than the person's role is now. */
  async #ofPerson(principal: Principal, userId: string): Promise<Principal> {
    const [reached] = await reachedProjects(this.#options.db, userId, principal.projectId)
    if (!reached) throw new AppError('UNAUTHENTICATED')
    return { ...principal, userId, permissions: common(principal.permissions, permissionsOfRole(reached.role)) }
  }

  project(slug: string): Promise<{ readonly id: string; readonly slug: string } | undefined> {
    return this.#ask(() => findProject(this.#options.db, slug))
  }

  mint(parent: Principal, request: MintRequest): Promise<Minted> {
    const { db, limits } = this.#options
    return this.#ask(() =>
      db.transaction().execute(async (step) => {
        await lockCredential(step, parent.credentialId)
        const found = await findCredential(step, parent.credentialId)
        if (!found || !isGood(found, this.#seconds())) throw new AppError('UNAUTHENTICATED')
        return mintCredential(step, await asParent(step, found, parent), { request, limits, now: this.#seconds() })
      }),
    )
  }

  report(record: Parameters<Authority['report']>[0]): void {
    this.#options.audit.add(record)
  }

  observe(entry: LogEntry): void {
    this.#options.requests?.add(entry)
  }

  count(usage: Usage): void {
    this.#options.usage?.add(usage)
  }

  /** While the store fails, what it said last holds: an outage neither opens a project nor takes its tunnels away. */
  async policy(projectId: string): Promise<ProjectPolicy | undefined> {
    try {
      return await this.#policies.ask(projectId, async () => policyOf(await readSettings(this.#options.db, projectId)))
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') throw new AppError('UNAUTHENTICATED')
      throw error
    }
  }

  keeper(name: string): Promise<string | undefined> {
    return this.#keepers.ask(name, () => keeperOf(this.#options.db, name))
  }

  onRevoked(listener: (credentialId: string) => void): () => void {
    const own = (credentialId: string): void => listener(credentialId)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  /** Tells every listener of each id; one that throws does not keep the others from hearing. */
  tellRevoked(credentialIds: readonly string[]): void {
    for (const id of credentialIds) {
      for (const listener of this.#listeners) {
        try {
          listener(id)
        } catch (error) {
          this.#options.log.error({ err: error, credentialId: id }, 'a listener of revocations failed')
        }
      }
    }
  }

  #seconds(): number {
    return Math.floor(this.#options.clock() / 1000)
  }

  /** What the store throws is not for the one who asks: it is logged, and the authority counts as unavailable. */
  async #ask<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      if (error instanceof AppError) throw error
      this.#options.log.error({ err: error }, 'the store failed')
      throw new AppError('AUTHORITY_UNAVAILABLE', {}, { cause: error })
    }
  }
}

const isGood = ({ revokedAt, expiresAt }: StoredCredential, now: number): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now)

/** A project's own credential acts in that project; for another one it is as good as none. */
const isMeant = ({ projectId, projectSlug }: StoredCredential, project: string | undefined): boolean =>
  project === undefined || project === projectId || project === projectSlug

/** A login is the parent of tokens in the project it is used for: they hold no more than it is stored with, its role and its token. */
const asParent = async (
  db: Kysely<Tables>,
  found: StoredCredential,
  { projectId, permissions }: Principal,
): Promise<StoredCredential> => {
  if (found.userId === null) return found
  const [reached] = await reachedProjects(db, found.userId, found.projectId ?? projectId)
  if (!reached) throw new AppError('UNAUTHENTICATED')
  const held = common(common(found.permissions, permissions), permissionsOfRole(reached.role))
  return { ...found, permissions: held, projectId: reached.id }
}

/** Of what has a secret, and so a project. */
const toPrincipal = (found: StoredCredential): Principal => ({
  credentialId: found.id,
  projectId: found.projectId as string,
  projectSlug: found.projectSlug as string,
  ...(found.workspaceId === null ? {} : { workspaceId: found.workspaceId }),
  permissions: found.permissions,
  rootCredentialId: found.rootId,
  ...(found.resources && { resources: found.resources }),
  ...(found.expiresAt === null ? {} : { expiresAt: found.expiresAt }),
})
