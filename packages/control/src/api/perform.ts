/**
 * Owns doing an operation for a caller: checked, in one transaction with its audit record, and once for an idempotency key.
 * HTTP routes and MCP tools both come through here.
 */
import {
  AppError,
  type AuditRecord,
  covers,
  type Limits,
  type Permission,
  permissionsCovering,
} from '@towline/protocol'
import type { Kysely } from 'kysely'
import { addAudit } from '../audit/audit-store.ts'
import { once } from '../idempotency/idempotency-store.ts'
import { inTransaction } from '../store/transaction.ts'
import type { Tables } from '../store/schema.ts'
import type { ApiDeps } from './api-deps.ts'
import { auditRecord } from './audit-record.ts'
import type { Caller } from './caller.ts'
import type { Operation } from './operation.ts'
import { enter, type Place } from './places.ts'
import { without } from './without.ts'

/** One call. */
export interface Call {
  readonly caller: Caller
  /** `req_…` */
  readonly requestId: string
  readonly idempotencyKey?: string | undefined
  /** As the operation's `input` schema answers it. */
  readonly input: Readonly<Record<string, unknown>>
}

export interface Performed {
  readonly output: unknown
  /** The answer is that of an earlier call with the same key. */
  readonly replayed: boolean
}

/** The least permission that is missing of a credential; undefined when it may call the operation somewhere. */
export const missingPermission = (op: Pick<Operation, 'rules'>, caller: Caller): Permission | undefined => {
  const lacking = op.rules.find((rule) => !covers(caller.permissions, rule))
  return lacking && (permissionsCovering(lacking)[0] as Permission)
}

/** Throws FORBIDDEN, NOT_FOUND, LOGIN_NEEDED, OUT_OF_BOUNDS, REQUEST_INVALID, IDEMPOTENCY_CONFLICT and what `run` throws. */
export const perform = async (op: Operation, call: Call, deps: ApiDeps): Promise<Performed> => {
  if (op.risk === 'read') return read(op, call, deps)
  const audited = { record: auditRecord(op, call, deps) }
  try {
    return await change(op, call, { deps, audited })
  } catch (error) {
    if (error instanceof AppError) deps.audit.add({ ...audited.record, decision: 'refused', code: error.code })
    throw error
  }
}

const read = async (op: Operation, call: Call, deps: ApiDeps): Promise<Performed> => {
  requirePermission(op, call)
  const now = seconds(deps)
  const place = await enter(op, op.at, { ...call, db: deps.db, now })
  const unused = (): void => undefined
  const context = { ...shared(call, deps), db: deps.db, now, place, after: unused, target: unused }
  return { output: op.output.parse(await op.run(context, call.input)), replayed: false }
}

interface Changing {
  readonly deps: ApiDeps
  /** Grows as more is known, so that a refusal tells it too. */
  readonly audited: { record: AuditRecord }
}

const change = async (op: Operation, call: Call, { deps, audited }: Changing): Promise<Performed> => {
  requirePermission(op, call)
  const key = keyOf(op, call, deps.limits)
  const { db, clock, limits } = deps
  const now = seconds(deps)
  const done: (() => void)[] = []
  let shown: Readonly<Record<string, unknown>> = {}

  const work = async (step: Kysely<Tables>): Promise<unknown> => {
    const place = await enter(op, op.at, { ...call, db: step, now })
    audited.record = { ...audited.record, ...placeRecord(place) }
    const target = (id: string): void => void (audited.record = { ...audited.record, target: id })
    const context = { ...shared(call, deps), db: step, now, place, after: (one: () => void) => done.push(one), target }
    shown = op.output.parse(await op.run(context, call.input)) as typeof shown
    if (!op.ownRecords) await addAudit(step, audited.record, { ms: clock(), limits })
    return without(shown, ...(op.secrets ?? []))
  }
  if (key === undefined) await inTransaction(db, work)
  else {
    const principal = call.caller.userId ?? call.caller.credentialId
    const answer = await once(db, { principal, op: op.id, key, body: call.input, now }, work)
    if (answer.replayed) return { output: answer.response, replayed: true }
  }
  for (const one of done) one()
  return { output: op.finish ? await op.finish(deps, shown) : shown, replayed: false }
}

const requirePermission = (op: Operation, { caller }: Call): void => {
  const permission = missingPermission(op, caller)
  if (permission !== undefined) throw new AppError('FORBIDDEN', { permission })
}

const KEY = /^[\x21-\x7e]+$/

const keyOf = (op: Operation, { idempotencyKey: key }: Call, { idempotencyKeyChars }: Limits): string | undefined => {
  if (op.idempotency === undefined) return undefined
  if (key === undefined) {
    if (op.idempotency === 'optional') return undefined
    throw new AppError('REQUEST_INVALID', { problem: 'this needs an idempotency key (the Idempotency-Key field)' })
  }
  if (KEY.test(key) && key.length <= idempotencyKeyChars) return key
  const problem = `an idempotency key is 1 to ${idempotencyKeyChars} printable characters without spaces`
  throw new AppError('REQUEST_INVALID', { problem })
}

const shared = ({ caller, requestId }: Call, deps: ApiDeps) => ({
  ms: deps.clock(),
  caller,
  requestId,
  limits: deps.limits,
  services: deps,
})

const seconds = ({ clock }: Pick<ApiDeps, 'clock'>): number => Math.floor(clock() / 1000)

const placeRecord = ({ workspace, project }: Place[keyof Place]): Partial<AuditRecord> => {
  if (project) return { projectId: project.id, workspaceId: project.workspaceId, target: project.id }
  return workspace ? { workspaceId: workspace.id, target: workspace.id } : {}
}
