/** Owns opening a control API over a store in a temporary folder, with callers that prove themselves by made-up tokens. */
import { silentLog } from '@towline/base'
import { ALL_PERMISSIONS, AppError, LIMITS, type Role } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { AuditLog } from '../audit/audit-log.ts'
import { tempDir } from '../control.fixture.ts'
import { DEFAULT_PLANS } from '../payment/plans.ts'
import { addProject, type Project } from '../project/project-store.ts'
import { openStore } from '../store/open-store.ts'
import type { Tables } from '../store/schema.ts'
import { addUser } from '../user/user-store.ts'
import { addMember } from '../workspace/member-store.ts'
import { addWorkspace } from '../workspace/workspace-store.ts'
import type { ApiDeps } from './api-deps.ts'
import type { Caller } from './caller.ts'
import { type ControlApi, createControlApi } from './control-api.ts'

export const NOW = 1_760_000_000

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly body: Readonly<Record<string, never>>
}

export interface Ask {
  readonly token?: string | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface ApiFixture {
  readonly api: ControlApi
  readonly deps: ApiDeps
  readonly db: Kysely<Tables>
  readonly clock: { ms: number }
  readonly workspaceId: string
  readonly project: Project
  readonly revoked: string[]
  /** Who a token is; tests add their own. */
  readonly callers: Map<string, Caller>
  /** A new person with a role in the workspace, or in none; answers the token of a login. */
  person(role: Role | undefined, permissions?: Caller['permissions']): Promise<{ token: string; userId: string }>
  ask(method: string, path: string, ask?: Ask): Promise<Answer>
  close(): Promise<void>
}

export const openApiFixture = async (options: Partial<ApiDeps> = {}): Promise<ApiFixture> => {
  const { dir, remove } = tempDir()
  const log = silentLog()
  const store = await openStore({ dir, log, limits: LIMITS })
  const { db } = store
  const clock = { ms: NOW * 1000 }
  const audit = new AuditLog({ db, log, limits: LIMITS, clock: () => clock.ms })
  const callers = new Map<string, Caller>()
  const revoked: string[] = []
  const deps: ApiDeps = {
    db,
    log,
    limits: LIMITS,
    clock: () => clock.ms,
    publicUrl: 'https://towline.example',
    domain: 'towline.example',
    version: '0.1.0',
    audit,
    plans: DEFAULT_PLANS,
    payment: { name: 'none', settle: () => Promise.reject(new AppError('CHECKOUT_UNPROVEN', { id: '' })) },
    region: 'local',
    tellRevoked: (ids) => revoked.push(...ids),
    flush: () => audit.flush(),
    identify: (token) => {
      const caller = callers.get(token)
      return caller ? Promise.resolve(caller) : Promise.reject(new AppError('UNAUTHENTICATED'))
    },
    ...options,
  }
  const api = createControlApi(deps)
  let people = 0
  const owner = await addUser(db, { email: 'owner@example.com', name: 'Owner', now: NOW })
  const { id: workspaceId } = await addWorkspace(db, { slug: 'work', name: 'Work', ownerId: owner.id, now: NOW })
  const project = await addProject(db, { workspaceId, slug: 'demo', name: 'Demo', now: NOW })

  const person: ApiFixture['person'] = async (role, permissions = ALL_PERMISSIONS) => {
    const token = `person-${++people}`
    const user = await addUser(db, { email: `p${people}@example.com`, name: `P${people}`, now: NOW })
    if (role !== undefined) await addMember(db, { workspaceId, userId: user.id }, { role, now: NOW })
    const id = `crd_login${people}`
    callers.set(token, {
      credentialId: id,
      rootCredentialId: id,
      userId: user.id,
      permissions,
      resources: null,
      agent: 'towline-cli',
    })
    return { token, userId: user.id }
  }
  const ask: ApiFixture['ask'] = async (method, path, { token, body, headers = {} } = {}) => {
    const response = await api.request(path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
  }
  const close = async (): Promise<void> => {
    await audit.close()
    await store.close()
    remove()
  }
  return { api, deps, db, clock, workspaceId, project, revoked, callers, person, ask, close }
}
