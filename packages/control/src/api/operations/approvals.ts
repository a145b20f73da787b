/**
 * Owns the operations by which a workstation has a person allow one exact call of an agent. They give nobody a right: the
 * word counts on that workstation only, and is given on a page, by the person behind the credential.
 */
import { z } from '@hono/zod-openapi'
import { AppError, SELF_RULE } from '@towline/protocol'
import {
  type Approval,
  askApproval,
  findApproval,
  useApproval,
  WORKSTATION_CALL,
} from '../../approval/approval-store.ts'
import { addAudit } from '../../audit/audit-store.ts'
import { findCredential } from '../../credential/credential-store.ts'
import type { ApiServices } from '../api-deps.ts'
import { claimedPlace } from '../claimed-place.ts'
import { defineOperation, type RunContext } from '../operation.ts'
import { approvalId, approvalState, asked, fingerprint, question } from '../schemas/agents.ts'
import { multiline } from '../schemas/multiline.ts'

const params = z.strictObject({ approvalId })

export const approvalsAsk = defineOperation({
  id: 'approvals.ask',
  method: 'post',
  path: '/approvals',
  tag: 'Agents',
  summary: 'Ask for an approval',
  description:
    'Has the person behind the credential asked, on a page, to allow one exact call of an agent on a workstation. The same ' +
    'question that still waits is answered again. A credential without a person is refused: there is nobody to ask.',
  rules: [SELF_RULE],
  at: 'caller',
  body: question,
  output: asked,
  status: 201,
  risk: 'write',
  ownRecords: true,
  unaudited: ['request'],
  run: async (context, { projectId, agent, request, ...body }) => {
    const { caller, db, now, limits, services } = context
    if (caller.userId === undefined) throw new AppError('APPROVAL_NOBODY')
    const { workspaceId } = await claimedPlace({ db, caller, now }, projectId)
    const { id, expiresAt } = await askApproval(
      db,
      {
        ...{ credentialId: caller.credentialId, userId: caller.userId, workspaceId: workspaceId ?? null },
        ...{
          op: WORKSTATION_CALL,
          fingerprint: body.fingerprint,
          request: multiline(request),
          agent: multiline(agent),
        },
        told: {
          tool: body.tool,
          summary: multiline(body.summary),
          target: body.target === undefined ? null : multiline(body.target),
          thread: body.thread === undefined ? null : multiline(body.thread),
        },
      },
      { now, limits },
    )
    return { id, approveUrl: pageOf(services, id), expiresAt }
  },
})

export const approvalsRead = defineOperation({
  id: 'approvals.read',
  method: 'get',
  path: '/approvals/{approvalId}',
  tag: 'Agents',
  summary: 'See whether it is approved',
  description: 'For the credential that asked, and the one that it stems from. Once its time is over it is not there.',
  rules: [SELF_RULE],
  at: 'caller',
  params,
  output: approvalState,
  risk: 'read',
  run: async (context, { approvalId: id }) => {
    const found = await ownApproval(context, id)
    if (!found) throw new AppError('NOT_FOUND', { what: 'approval', id: id.slice(0, 64) })
    return { status: found.status, approveUrl: pageOf(context.services, id), expiresAt: found.expiresAt }
  },
})

export const approvalsUse = defineOperation({
  id: 'approvals.use',
  method: 'post',
  path: '/approvals/{approvalId}/use',
  tag: 'Agents',
  summary: 'Use up an approval',
  description:
    'Takes the one use of what a person allowed, right before it is done. Refused for other arguments, a second time, by ' +
    'another credential and when nobody allowed it.',
  rules: [SELF_RULE],
  at: 'caller',
  params,
  body: z.strictObject({ fingerprint }),
  output: z
    .strictObject({ used: z.literal(true) })
    .openapi('UsedApproval', { description: 'It may be done now, once.' }),
  risk: 'write',
  ownRecords: true,
  run: async (context, { approvalId: id, fingerprint: own }) => {
    const { db, now } = context
    const found = await ownApproval(context, id)
    if (found?.fingerprint !== own) throw new AppError('APPROVAL_INVALID')
    if (found.status === 'pending') throw new AppError('APPROVAL_PENDING')
    if (found.status === 'refused') throw new AppError('APPROVAL_REFUSED')
    if (!(await useApproval(db, id, now))) throw new AppError('APPROVAL_INVALID')
    await recordUse(context, found)
    return { used: true as const }
  },
})

const pageOf = ({ publicUrl }: Pick<ApiServices, 'publicUrl'>, id: string): string => `${publicUrl}/approve/${id}`

/** What this credential asked for by a workstation, or one that stems from it. */
const ownApproval = async ({ db, caller, now }: RunContext<'caller'>, id: string): Promise<Approval | undefined> => {
  const found = await findApproval(db, id, now)
  if (found?.op !== WORKSTATION_CALL) return undefined
  if (found.credentialId === caller.credentialId) return found
  const asker = await findCredential(db, found.credentialId)
  return asker?.rootId === caller.credentialId ? found : undefined
}

const recordUse = (
  { db, caller, now, ms, limits, requestId }: RunContext<'caller'>,
  approval: Approval,
): Promise<void> => {
  const { id: target, told, agent, workspaceId, fingerprint: argumentsHash } = approval
  return addAudit(
    db,
    {
      ...{ at: now, action: 'approvals.use', decision: 'allowed', target, credentialId: caller.credentialId },
      requestId,
      ...(caller.userId !== undefined && { userId: caller.userId }),
      ...(workspaceId !== null && { workspaceId }),
      ...(agent !== null && { agent }),
      ...(told && { tool: told.tool }),
      ...(told?.thread != null && { thread: told.thread }),
      details: { argumentsHash },
    },
    { ms, limits },
  )
}
