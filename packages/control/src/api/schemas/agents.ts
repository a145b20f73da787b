/** Owns the shapes of what agents ask people for, and of what workstations tell of their calls. */
import { z } from '@hono/zod-openapi'
import { CALL_DECISIONS, LIMITS } from '@towline/protocol'
import { projectId, seconds } from './fields.ts'

const text = (description: string, chars = LIMITS.auditTextChars) =>
  z.string().min(1).max(chars).openapi({ description })

const sha256 = (description: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'it is no SHA-256 in hex')
    .openapi({ description })

const tool = z
  .string()
  .regex(/^[A-Za-z][\w.-]{0,63}$/, 'it is no name of a tool')
  .openapi({ description: 'The tool that the agent called.', examples: ['towline_local_tunnel_expose'] })

/** Integer seconds that may be anything a clock shows. */
const claimedAt = z.int().min(0).max(253_402_300_799)

export const approvalId = z
  .string()
  .min(1)
  .max(64)
  .openapi({ description: 'Id of an approval.', examples: ['apr_4bqf1yax3d60wnkz'] })

export const fingerprint = sha256('SHA-256 of the tool and its exact arguments, in hex.')

export const question = z
  .strictObject({
    tool,
    fingerprint,
    summary: text('What it would do, in words.', LIMITS.approvalSummaryChars),
    request: text('JSON of the arguments, with secrets masked already.', LIMITS.approvalRequestChars),
    agent: text('What the client of the agent calls itself.'),
    thread: text('The conversation of the agent.').optional(),
    target: text('What it is about, such as a machine or a tunnel.').optional(),
    projectId: projectId.optional(),
  })
  .openapi('ApprovalQuestion', {
    description: 'One exact call, for a person to allow.',
    examples: [
      {
        tool: 'towline_local_tunnel_expose',
        fingerprint: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        summary: 'Publish port 3000 of this machine',
        request: '{"port":3000,"publish":true}',
        agent: 'codex-mcp-client',
        thread: '0199f3a2',
        target: 'laptop',
      },
    ],
  })

export const asked = z
  .strictObject({
    id: approvalId,
    approveUrl: z.string().openapi({ description: 'The page on which the person decides.' }),
    expiresAt: seconds,
  })
  .openapi('AskedApproval', { description: 'What to show to the person.' })

export const approvalState = z
  .strictObject({
    status: z.enum(['pending', 'approved', 'refused', 'used']),
    approveUrl: z.string().openapi({ description: 'The page on which the person decides.' }),
    expiresAt: seconds,
  })
  .openapi('ApprovalState', { description: 'What a person has decided so far.' })

export const agentCall = z
  .strictObject({
    id: z
      .string()
      .regex(/^[\w-]{8,64}$/, 'it is not 8 to 64 letters, digits, "_" and "-"')
      .openapi({ description: 'Chosen by who tells it; told again, the call is kept once.' }),
    at: claimedAt.openapi({ description: 'By the clock of the workstation.' }),
    agent: text('What the client of the agent calls itself.'),
    agentVersion: text('Of the agent.').optional(),
    thread: text('The conversation of the agent.').optional(),
    turn: text('The turn in that.').optional(),
    callId: text('The call in that.').optional(),
    tool,
    target: text('What it was about.').optional(),
    argumentsHash: sha256('SHA-256 of the exact arguments, in hex.'),
    decision: z.enum(CALL_DECISIONS).openapi({
      description: 'Allowed by the policy, approved or refused by a person, or denied without asking.',
    }),
    decidedBy: text('A rule of the policy, or the way a person was asked.').optional(),
    code: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'it is no code of an error')
      .optional()
      .openapi({ description: 'What it ended with, unless it did its work.' }),
    durationMs: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
    projectId: projectId.optional(),
  })
  .openapi('AgentCall', {
    description: 'One call of a tool by an agent on a workstation.',
    examples: [
      {
        id: 'cal_4bqf1yax3d60wnkz',
        at: 1_760_000_000,
        agent: 'codex-mcp-client',
        thread: '0199f3a2',
        tool: 'towline_local_tunnel_expose',
        target: 'web',
        argumentsHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        decision: 'approved',
        decidedBy: 'page',
        durationMs: 42,
      },
    ],
  })

export const toldCalls = z
  .strictObject({ accepted: z.int(), duplicates: z.int() })
  .openapi('ToldCalls', { description: 'How many were new, and how many had been told before.' })
