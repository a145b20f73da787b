/** Owns the guardrails of an MCP server: the policy decides, a person allows where it says so, and all of it is recorded. */
import { randomBytes } from 'node:crypto'
import { newId } from '@towline/base'
import { createRequestStateCodec, isInputRequiredResult } from '@modelcontextprotocol/server'
import {
  type AgentJournal,
  type BegunCall,
  decideByPolicy,
  type KnownTarget,
  lookUpTarget,
  maskedText,
  type Policy,
  type PolicyDecision,
  type PolicySource,
} from '@towline/operations'
import { AppError, type Limits, shown } from '@towline/protocol'
import type { Desks } from './approval-desk.ts'
import { openApprovals } from './approvals.ts'
import type { Allowed, Guard } from './guard.ts'
import { GRACE_SECONDS, type QuestionState } from './open-questions.ts'
import { type Subject, subjectOf } from './subject.ts'

export interface GuardOptions {
  readonly policy: PolicySource
  readonly desks: Desks
  readonly journal: AgentJournal
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock?: () => number
  readonly look?: typeof lookUpTarget
}

export const openGuard = ({
  policy,
  desks,
  journal,
  limits,
  clock = Date.now,
  look = lookUpTarget,
}: GuardOptions): Guard => {
  // Of this process alone: a question that it forgot is asked anew.
  const codec = createRequestStateCodec<QuestionState>({
    key: randomBytes(32),
    ttlSeconds: limits.questionSeconds + GRACE_SECONDS,
    bind: ({ mcpReq, http }) => `${mcpReq.method} ${http?.authInfo?.clientId ?? ''}`,
  })
  const approvals = openApprovals({ desks, codec, limits, clock })

  const begun = (subject: Subject, decision: BegunCall['decision'], decidedBy: string): BegunCall => {
    const { asked, connection, argumentsHash } = subject
    const { tool, target, call } = asked
    const { agent, agentVersion, thread, turn, callId } = call.origin
    return {
      ...{ id: newId('cal'), at: Math.floor(clock() / 1000), agent, agentVersion, thread, turn, callId },
      ...{ tool: tool.name, argumentsHash, decision, decidedBy },
      target: target && shown(maskedText(target.name)),
      projectId: connection?.project,
    }
  }

  /** Nothing runs that could not be recorded. */
  const allow = async (subject: Subject, decision: BegunCall['decision'], decidedBy: string): Promise<Allowed> => {
    if (subject.asked.risk === 'read' && decision === 'allowed') return UNRECORDED
    const call = begun(subject, decision, decidedBy)
    await journal.begin(call, subject.connection).catch((error: unknown) => {
      throw new AppError('RECORD_FAILED', { problem: problemOf(error) })
    })
    return {
      allowed: true,
      ended: async ({ error, durationMs }) => {
        const over = { ...call, durationMs, ...(error && { code: error.code }) }
        // It is done, and its beginning is recorded: the answer is worth more than its end.
        await journal.end(over, subject.connection).catch((failed: unknown) => warn(subject, failed))
      },
    }
  }

  const refused = async (subject: Subject, decidedBy: string, error: AppError): Promise<never> => {
    const decision = error.code === 'APPROVAL_REFUSED' ? 'refused' : 'denied'
    const call = { ...begun(subject, decision, decidedBy), durationMs: 0, code: error.code }
    await journal.end(call, subject.connection).catch((failed: unknown) => warn(subject, failed))
    throw error
  }

  const byPolicy = async (rules: Policy, { asked, connection }: Subject): Promise<PolicyDecision> =>
    await decideByPolicy(rules, {
      ...{ tool: asked.tool.name, risk: asked.risk, args: asked.args, target: asked.target?.name },
      look: async (): Promise<KnownTarget | undefined> => {
        const { target, call } = asked
        if (!target) return undefined
        if (target.labels) return { names: [target.name], labels: target.labels }
        if (!connection) return undefined
        const signal = AbortSignal.any([call.signal, AbortSignal.timeout(limits.lookupMs)])
        return await look(connection, target.name, signal).catch(() => undefined)
      },
    })

  const byPerson = async (subject: Subject, { approve }: Policy, why: string): ReturnType<Guard['decide']> => {
    try {
      const answer = await approvals.require({ ...subject, ways: approve, why })
      if (isInputRequiredResult(answer) || !('approvedBy' in answer)) return answer
      return await allow(subject, 'approved', answer.approvedBy)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'RECORD_FAILED') throw error
      return await refused(subject, 'person', error)
    }
  }

  return {
    verifyState: codec.verify,
    close: () => journal.close(),
    decide: async (asked) => {
      const subject = await subjectOf(asked)
      const rules = await policy().catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error
        return error
      })
      if (rules instanceof AppError)
        return asked.risk === 'read' ? UNRECORDED : await refused(subject, 'policy file', rules)
      const { decision, why, rule } = await byPolicy(rules, subject)
      const decidedBy = rule === undefined ? 'default' : `rule ${rule + 1}`
      if (decision === 'allow') return await allow(subject, 'allowed', decidedBy)
      if (decision === 'ask') return await byPerson(subject, rules, why)
      return await refused(subject, decidedBy, new AppError('POLICY_DENIED', { tool: asked.tool.name, rule: why }))
    },
  }
}

/** Looks only. */
const UNRECORDED: Allowed = { allowed: true, ended: () => Promise.resolve() }

const warn = ({ asked }: Subject, error: unknown): void =>
  asked.call.deps.log.warn({ err: error, tool: asked.tool.name }, 'a call of an agent was not recorded to its end')

const problemOf = (error: unknown): string =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error)
