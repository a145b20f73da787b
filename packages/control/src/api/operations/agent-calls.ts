/** Owns the operation by which workstations tell what agents did there. */
import { z } from '@hono/zod-openapi'
import { type AgentCall, AppError, LIMITS, SELF_RULE } from '@towline/protocol'
import { addAgentCalls, type ClaimedPlace, countAgentCalls } from '../../audit/agent-calls.ts'
import { claimedPlace } from '../claimed-place.ts'
import { defineOperation, type RunContext } from '../operation.ts'
import { agentCall, toldCalls } from '../schemas/agents.ts'

const HOUR_MS = 3_600_000
const RETRY_SECONDS = 60

export const agentCallsTell = defineOperation({
  id: 'agent-calls.tell',
  method: 'post',
  path: '/audit/agent-calls',
  tag: 'Agents',
  summary: 'Tell what agents did',
  description:
    'Puts calls of tools by agents on a workstation into the audit trail, as claimed by this credential, at the time of the ' +
    'server. A call that is told again is kept once. Those for a project that is not there are kept without it.',
  rules: [SELF_RULE],
  at: 'caller',
  body: z.strictObject({ calls: z.array(agentCall).min(1).max(LIMITS.agentCallsBatch).readonly() }),
  output: toldCalls,
  risk: 'write',
  ownRecords: true,
  unaudited: ['calls'],
  run: async (context, { calls }) => {
    const { caller, db, ms, limits, requestId } = context
    await requireRate(context, calls.length)
    const { credentialId, rootCredentialId, userId, agent: client } = caller
    const claimer = { credentialId, userId, client, requestId, principal: userId ?? rootCredentialId }
    const accepted = await addAgentCalls(db, await placed(context, calls), { claimer, ms, limits })
    return { accepted, duplicates: calls.length - accepted }
  },
})

/** Throws RATE_LIMITED. */
const requireRate = async ({ db, caller, ms, limits }: RunContext<'caller'>, count: number): Promise<void> => {
  const told = await countAgentCalls(db, caller.credentialId, ms - HOUR_MS)
  if (told + count > limits.agentCallsPerHour) throw new AppError('RATE_LIMITED', { seconds: RETRY_SECONDS })
}

/** Each project is looked for once. */
const placed = async ({ db, caller, now }: RunContext<'caller'>, calls: readonly AgentCall[]) => {
  const places = new Map<string | undefined, ClaimedPlace>()
  for (const { projectId } of calls) {
    if (!places.has(projectId)) places.set(projectId, await claimedPlace({ db, caller, now }, projectId))
  }
  return calls.map((call) => ({ call, place: places.get(call.projectId) as ClaimedPlace }))
}
