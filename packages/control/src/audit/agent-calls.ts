/**
 * Owns what workstations claim of calls of agents, as records of the audit trail: always `agent.call`, at the time of the
 * server, by the credential that claims it; a claim that is told twice is kept once.
 */
import { type AgentCall, type AuditRecord, type Limits, shown } from '@towline/protocol'
import { type Kysely, sql } from 'kysely'
import type { AuditTable, Tables } from '../store/schema.ts'
import { startOf } from '../store/time-id.ts'
import { toAuditRow } from './audit-rows.ts'

/** The action of all of them, and of nothing else. */
const AGENT_CALL = 'agent.call'

/** Who claims, as it has proven. */
export interface Claimer {
  readonly credentialId: string
  readonly userId?: string | undefined
  /** Of a call that is told twice, also under a new login: the person, else the root of the credential. */
  readonly principal: string
  /** The client that was logged in. */
  readonly client?: string | undefined
  readonly requestId?: string | undefined
}

/** Where a call belongs, as far as its claimer may see that. */
export interface ClaimedPlace {
  readonly projectId?: string | undefined
  readonly workspaceId?: string | undefined
}

export interface Moment {
  /** Milliseconds since the epoch. */
  readonly ms: number
  readonly limits: Limits
}

export interface Claimed {
  readonly call: AgentCall
  readonly place: ClaimedPlace
}

/** Answers how many were not there yet. */
export const addAgentCalls = async (
  db: Kysely<Tables>,
  calls: readonly Claimed[],
  { claimer, ms, limits }: Moment & { readonly claimer: Claimer },
): Promise<number> => {
  if (calls.length === 0) return 0
  const rows = calls.map((one): AuditTable => {
    const claim = `${claimer.principal}/${one.call.id}`
    return toAuditRow(recordOf(one, claimer, ms), { trail: 'agents', ms, limits, claim })
  })
  const added = await db
    .insertInto('audit')
    .values(rows)
    .onConflict((on) => on.column('claim').doNothing())
    .returning('id')
    .execute()
  return added.length
}

/** Those that a credential claimed since `ms`. */
export const countAgentCalls = async (db: Kysely<Tables>, credentialId: string, ms: number): Promise<number> => {
  const { count } = await db
    .selectFrom('audit')
    .select(sql<number>`count(*)`.as('count'))
    .where('claim', 'is not', null)
    .where('credential_id', '=', credentialId)
    .where('id', '>=', startOf('aud', ms))
    .executeTakeFirstOrThrow()
  return Number(count)
}

const recordOf = ({ call, place }: Claimed, claimer: Claimer, ms: number): AuditRecord => {
  const { agent, thread, tool, target, code, decision } = call
  const { credentialId, userId, requestId } = claimer
  return {
    at: Math.floor(ms / 1000),
    action: AGENT_CALL,
    decision: decision === 'allowed' || decision === 'approved' ? 'allowed' : 'refused',
    credentialId,
    agent: shown(agent),
    tool: shown(tool),
    ...present({ userId, requestId, ...place, target, code, thread: thread && shown(thread) }),
    details: detailsOf(call, claimer),
  }
}

/** All of it is what the workstation says. */
const detailsOf = (call: AgentCall, { client }: Claimer): Readonly<Record<string, unknown>> => {
  const { id, at, argumentsHash, decision, durationMs } = call
  const texts = { agentVersion: call.agentVersion, turn: call.turn, callId: call.callId, decidedBy: call.decidedBy }
  return {
    ...{ claimed: true, id, claimedAt: at, decision, argumentsHash, durationMs },
    ...Object.fromEntries(Object.entries(texts).flatMap(([key, text]) => (text ? [[key, shown(text)]] : []))),
    ...present({ client }),
  }
}

const present = <Key extends string>(
  fields: Readonly<Partial<Record<Key, string | undefined>>>,
): { readonly [Name in Key]?: string } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [Name in Key]?: string }
