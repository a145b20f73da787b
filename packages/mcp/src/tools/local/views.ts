/** Owns how managed tunnels and questions for people look in the answers of tools. */
import type { Approval, LocalTunnel } from '@towline/operations'
import { KINDS } from '@towline/protocol'
import { z } from 'zod'

const STATUSES = ['opening', 'online', 'reconnecting', 'expired', 'stopped', 'failed', 'lost'] as const
const seconds = z.int().describe('Seconds since the epoch.')

export const statusView = z
  .enum(STATUSES)
  .describe('lost: its supervisor was killed or the machine restarted; nothing is exposed again by itself.')

export const localTunnelView = z.strictObject({
  id: z.string().describe('What towline_local_tunnel_stop takes.'),
  status: statusView,
  reason: z.string().optional().describe('Why it is not online.'),
  url: z.string().optional().describe('Address for visitors; tow://name of a private one.'),
  tunnelId: z.string().optional(),
  name: z.string().optional(),
  kind: z.enum(KINDS),
  port: z.int(),
  target: z.string().describe('The service.'),
  labels: z.record(z.string(), z.string()),
  createdAt: seconds,
  expiresAt: seconds.optional(),
  endedAt: seconds.optional(),
})

export const toldTunnel = (tunnel: LocalTunnel): z.input<typeof localTunnelView> => {
  const {
    code: _code,
    server: _server,
    project: _project,
    context: _context,
    reconnects: _reconnects,
    ...told
  } = tunnel
  return { ...told, labels: { ...tunnel.labels } }
}

export const approvalView = z.strictObject({
  id: z.string(),
  status: z.enum(['waiting', 'approved', 'refused']),
  tool: z.string(),
  summary: z.string(),
  target: z.string().optional(),
  thread: z.string().optional(),
  askedAt: seconds,
  expiresAt: seconds,
})

/** Without the arguments: a person reads those, and the agent that asked has them. */
export const toldApproval = (approval: Approval): z.input<typeof approvalView> => {
  const { id, status, tool, summary, target, thread, askedAt, expiresAt } = approval
  return {
    ...{ id, status, tool, summary, askedAt, expiresAt },
    ...(target !== undefined && { target }),
    ...(thread !== undefined && { thread }),
  }
}
