/** Owns recording what was decided about a call, and what became of it: nothing runs that could not be recorded. */
import { newId } from '@towline/base'
import { type AgentJournal, type BegunCall, maskedText } from '@towline/operations'
import { AppError, shown } from '@towline/protocol'
import type { Allowed } from './guard.ts'
import type { Subject } from './subject.ts'

export interface Records {
  /** Rejects with RECORD_FAILED. */
  allowed(subject: Subject, decision: BegunCall['decision'], decidedBy: string): Promise<Allowed>
  /** Always rejects with `error`. */
  refused(subject: Subject, decidedBy: string, error: AppError): Promise<never>
}

/** What only looks, and nobody was asked about, is not recorded. */
export const UNRECORDED: Allowed = { allowed: true, ended: () => Promise.resolve() }

/** `clock`: milliseconds since the epoch. */
export const openRecords = (journal: AgentJournal, clock: () => number): Records => {
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
  return {
    allowed: async (subject, decision, decidedBy) => {
      if (subject.asked.risk === 'read' && decision === 'allowed' && !subject.asked.recorded) return UNRECORDED
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
    },
    refused: async (subject, decidedBy, error) => {
      const decision = error.code === 'APPROVAL_REFUSED' ? 'refused' : 'denied'
      const call = { ...begun(subject, decision, decidedBy), durationMs: 0, code: error.code }
      await journal.end(call, subject.connection).catch((failed: unknown) => warn(subject, failed))
      throw error
    },
  }
}

const warn = ({ asked }: Subject, error: unknown): void =>
  asked.call.deps.log.warn({ err: error, tool: asked.tool.name }, 'a call of an agent was not recorded to its end')

const problemOf = (error: unknown): string =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error)
