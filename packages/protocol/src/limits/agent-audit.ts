/** Owns the bounds of what agents ask people for, and of what is kept of their calls. */
import { KiB, limit, MiB } from './limit.ts'

export const AGENT_AUDIT_LIMITS = {
  // agents: approvals and audit
  approvalSummaryChars: limit(
    512,
    'chars',
    'a longer summary of what an agent asks for is refused with REQUEST_INVALID',
  ),
  approvalRequestChars: limit(8 * KiB, 'chars', 'longer arguments of an approval are refused with REQUEST_INVALID'),
  agentFieldChars: limit(4 * KiB, 'chars', 'a longer Towline-Agent field is not read'),
  agentCallsBatch: limit(100, 'count', 'more calls of agents told at once are refused with REQUEST_INVALID'),
  agentCallsPerHour: limit(
    10_000,
    'count',
    'calls of agents that a credential tells; further ones get 429 and are told later',
  ),
  auditAgentCalls: limit(1_000_000, 'count', 'the oldest audit records of calls of agents are deleted'),
  journalRecordBytes: limit(2 * KiB, 'bytes', 'the texts of a longer record of an agent call are cut until it fits'),
  journalSegmentBytes: limit(1 * MiB, 'bytes', 'a journal of agent calls that is longer goes on in a new file'),
  journalGatherMs: limit(250, 'ms', 'calls of agents that end within that time are told to their server together'),
  journalRetryMs: limit(30_000, 'ms', 'after a server took no calls of agents they stay in the journal that long'),
  journalCloseMs: limit(2_000, 'ms', 'what was not told by then when a process ends stays in the journal'),
  journalSegments: limit(8, 'count', 'the oldest file of a journal of agent calls is deleted'),
} as const
