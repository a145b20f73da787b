/** Owns opening a control API over a store in a temporary folder. Tokens of projects are real, those of logins made up. */
import { CallerRate, newId, silentLog } from '@towline/base'
import { ALL_PERMISSIONS, AppError, LIMITS, type Permission, type Role } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { expect } from 'vitest'
import { AuditLog } from '../audit/audit-log.ts'
import { StoreAuthority } from '../authority.ts'
import { forgetful, tempStore, testDatabase } from '../control.fixture.ts'
import { addCredential } from '../credential/credential-store.ts'
import { LastUsed } from '../credential/last-used.ts'
import { formatToken, hashSecret, newToken } from '../credential/token.ts'
import { manualPayment } from '../payment/manual.ts'
import type { Plan } from '../payment/plans.ts'
import { addProject, type Project } from '../project/project-store.ts'
import { openStore } from '../store/open-store.ts'
import type { Tables } from '../store/schema.ts'
import { addUser } from '../user/user-store.ts'
import { addMember } from '../workspace/member-store.ts'
import { addWorkspace } from '../workspace/workspace-store.ts'
import type { ApiDeps } from './api-deps.ts'
import { createIdentify, type LoginToken } from './caller.ts'
import { contractOf } from './contract.fixture.ts'
import { type ControlApi, createControlApi } from './control-api.ts'

export const NOW = 1_760_000_000

const PUBLIC_URL = 'https://towline.example'
const PLANS: readonly Plan[] = [
  { id: 'free', name: 'Free', maxProjects: 3 },
  { id: 'pro', name: 'Pro', price: { amount: 9, currency: 'EUR', per: 'month' } },
]

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** Tests look into it as they know it. */
// oxlint-disable-next-line typescript/no-explicit-any -- each test reads the answer whose shape it proves
type Body = any

export interface Ask {
  readonly token?: string | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export interface Person {
  readonly token: string
  readonly userId: string
  readonly credentialId: string
}

export interface ApiFixture {
  readonly api: ControlApi['app']
  readonly deps: ApiDeps
  readonly db: Kysely<Tables>
  readonly clock: { ms: number }
  readonly workspaceId: string
  readonly project: Project
  readonly ownerId: string
  readonly revoked: string[]
  /** A new person with a role in the workspace (or another), or in none; answers the token of a login. */
  person(
    role: Role | undefined,
    options?: { permissions?: readonly Permission[]; workspaceId?: string },
  ): Promise<Person>
  /** The token of a project's own credential. */
  credential(options?: Partial<NewOwn>): Promise<{ readonly token: string; readonly id: string }>
  /** Each answer is held to the document. */
  ask(method: string, path: string, ask?: Ask): Promise<Answer>
  close(): Promise<void>
}

interface NewOwn {
  readonly projectId: string
  readonly permissions: readonly Permission[]
  readonly userId: string
  readonly expiresAt: number
}

/** Compiled once: the document is the same for all. */
let contract: ReturnType<typeof contractOf> | undefined

export const openApiFixture = async (options: Partial<ApiDeps> = {}): Promise<ApiFixture> => {
  const { dir, remove } = await tempStore()
  const log = silentLog()
  const url = await testDatabase()
  const store = await openStore({ ...(url === undefined ? { dir } : { url }), log, limits: LIMITS })
  const { db } = store
  if (store.kind === 'sqlite') await forgetful(db)
  const time = { ms: NOW * 1000 }
  const clock = (): number => time.ms
  const audit = new AuditLog({ db, log, limits: LIMITS, clock })
  const lastUsed = new LastUsed({ db, log, limits: LIMITS, clock })
  const authority = new StoreAuthority({ db, audit, lastUsed, log, limits: LIMITS, clock })
  const logins = new Map<string, LoginToken>()
  const revoked: string[] = []
  const findLogin = (token: string): Promise<LoginToken> => {
    const found = logins.get(token)
    return found ? Promise.resolve(found) : Promise.reject(new AppError('UNAUTHENTICATED'))
  }
  const deps: ApiDeps = {
    db,
    log,
    limits: LIMITS,
    clock,
    publicUrl: PUBLIC_URL,
    domain: 'towline.example',
    version: '0.1.0',
    audit,
    plans: PLANS,
    payment: manualPayment,
    region: 'local',
    tellRevoked: (ids) => revoked.push(...ids),
    flush: async () => void (await Promise.all([audit.flush(), lastUsed.flush()])),
    callers: new CallerRate(LIMITS, clock),
    identify: createIdentify({ db, authority, findLogin }),
    ...options,
  }
  const { app: api, document } = createControlApi(deps)
  contract ??= contractOf(document())
  const hold = contract
  const owner = await addUser(db, { email: 'owner@example.com', name: 'Owner', now: NOW })
  const { id: workspaceId } = await addWorkspace(db, { slug: 'work', name: 'Work', ownerId: owner.id, now: NOW })
  const project = await addProject(db, { workspaceId, slug: 'demo', name: 'Demo', now: NOW })

  const person: ApiFixture['person'] = async (
    role,
    { permissions = ALL_PERMISSIONS, workspaceId: of = workspaceId } = {},
  ) => {
    const token = `login-${newId('key')}`
    const user = await addUser(db, { email: `${newId('usr')}@example.com`, name: 'Somebody', now: NOW })
    if (role !== undefined) await addMember(db, { workspaceId: of, userId: user.id }, { role, now: NOW })
    const id = newId('crd')
    const none = { projectId: null, secretHash: null, parentId: null, expiresAt: null }
    await addCredential(db, { id, kind: 'login', ...none, permissions, rootId: id, userId: user.id, createdAt: NOW })
    const login = { id, userId: user.id, clientId: 'towline-cli', resources: null, rootId: id, expiresAt: null }
    logins.set(token, { login, permissions })
    return { token, userId: user.id, credentialId: id }
  }
  const credential: ApiFixture['credential'] = async ({
    projectId = project.id,
    permissions = ALL_PERMISSIONS,
    userId,
    expiresAt,
  } = {}) => {
    const token = newToken()
    const { credentialId: id, secret } = token
    const own = {
      id,
      kind: 'owner',
      projectId,
      permissions,
      userId: userId ?? null,
      secretHash: hashSecret(secret),
    } as const
    await addCredential(db, { ...own, parentId: null, rootId: id, createdAt: NOW, expiresAt: expiresAt ?? null })
    return { token: formatToken(token), id }
  }
  const ask: ApiFixture['ask'] = async (method, path, { token, body, headers = {} } = {}) => {
    const response = await api.request(`/api${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const told: unknown = await response.json()
    const { status } = response
    const contentType = response.headers.get('content-type') ?? ''
    const answered = { method, path: `/api${path.split('?')[0]}`, status, contentType, body: told }
    expect(hold(answered)).toBe('')
    return { status, headers: response.headers, body: told }
  }
  const close = async (): Promise<void> => {
    await Promise.all([audit.close(), lastUsed.close()])
    await store.close()
    remove()
  }
  return {
    api,
    deps,
    db,
    clock: time,
    workspaceId,
    project,
    ownerId: owner.id,
    revoked,
    person,
    credential,
    ask,
    close,
  }
}
