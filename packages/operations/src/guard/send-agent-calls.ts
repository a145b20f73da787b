/** Owns telling a server what agents did here; it goes into the audit trail as claimed by this credential. */
import type { AgentCall, ToldCalls } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { type Signal, withControl } from '../control/control-client.ts'

/** At most agentCallsBatch at once; a call that is told again is kept once. Rejects with RATE_LIMITED or REQUEST_INVALID. */
export const sendAgentCalls = (
  connection: Connection,
  calls: readonly AgentCall[],
  options: Signal = {},
): Promise<ToldCalls> =>
  withControl(connection, options, (ask) => ask({ method: 'POST', path: '/api/audit/agent-calls', body: { calls } }))
