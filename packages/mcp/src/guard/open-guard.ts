/** Owns the guardrails of an MCP server: the policy decides, a person allows where it says so, and all of it is recorded. */
import { randomBytes } from 'node:crypto'
import { createRequestStateCodec, isInputRequiredResult } from '@modelcontextprotocol/server'
import {
  type AgentJournal,
  lookUpTarget,
  type Policy,
  type PolicyDecision,
  type PolicySource,
} from '@towline/operations'
import { AppError, type Limits } from '@towline/protocol'
import type { Desks } from './approval-desk.ts'
import { openApprovals } from './approvals.ts'
import { decidingBy, denialOf } from './deciding.ts'
import type { Guard } from './guard.ts'
import { answerSeconds, type QuestionState } from './open-questions.ts'
import { openRecords, UNRECORDED } from './records.ts'
import { type Subject, subjectOf } from './subject.ts'

export interface GuardOptions {
  readonly policy: PolicySource
  readonly desks: Desks
  readonly journal: AgentJournal
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly clock?: () => number
  /** Tests hand in their own inventory. */
  readonly look?: typeof lookUpTarget
}

type Decided = ReturnType<Guard['decide']>

export const openGuard = (options: GuardOptions): Guard => {
  const { policy, desks, journal, limits, clock = Date.now, look = lookUpTarget } = options
  // Of this process alone: a question that it forgot is asked anew.
  const codec = createRequestStateCodec<QuestionState>({
    key: randomBytes(32),
    ttlSeconds: answerSeconds(limits),
    bind: ({ mcpReq, http }) => `${mcpReq.method} ${http?.authInfo?.clientId ?? ''}`,
  })
  const requireApproval = openApprovals({ desks, codec, limits, clock })
  const records = openRecords(journal, clock)

  const denied = (subject: Subject, { why, rule }: PolicyDecision): Promise<never> => {
    const error = new AppError('POLICY_DENIED', { tool: subject.asked.tool.name, rule: why })
    return records.refused(subject, decidedByOf(rule), error)
  }

  const byPerson = async (subject: Subject, { approve }: Policy, why: string): Decided => {
    const answer = await requireApproval({ ...subject, ways: approve, why }).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error
      return records.refused(subject, 'person', error)
    })
    if (isInputRequiredResult(answer) || !('approvedBy' in answer)) return answer
    return await records.allowed(subject, 'approved', answer.approvedBy)
  }

  const byPolicy = async (subject: Subject, rules: Policy): Decided => {
    const { decision, why, rule } = await decidingBy(rules, subject, { look, limits })(subject.asked.risk)
    const decidedBy = decidedByOf(rule)
    if (decision === 'allow') return await records.allowed(subject, 'allowed', decidedBy)
    if (decision === 'ask') return await byPerson(subject, rules, why)
    return await denied(subject, { decision, why, ...(rule !== undefined && { rule }) })
  }

  return {
    verifyState: codec.verify,
    close: () => journal.close(),
    refuse: async (asked) => {
      const rules = await policy().catch(() => undefined)
      if (!rules?.rules.some(({ decision }) => decision === 'deny')) return
      const subject = await subjectOf({ ...asked, risk: 'read' })
      const denial = await denialOf(decidingBy(rules, subject, { look, limits }))
      if (denial) await denied(subject, denial)
    },
    decide: async (asked) => {
      const reading = policy().catch((error: unknown) => {
        if (error instanceof AppError) return error
        throw error
      })
      const [subject, rules] = await Promise.all([subjectOf(asked), reading])
      if (!(rules instanceof AppError)) return await byPolicy(subject, rules)
      return asked.risk === 'read' ? UNRECORDED : await records.refused(subject, 'policy file', rules)
    },
  }
}

const decidedByOf = (rule: number | undefined): string => (rule === undefined ? 'default' : `rule ${rule + 1}`)
