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
  tunnelId: z.string().optional().describe('By which the relay knows it.'),
  name: z.string().optional().describe('Under which it is found.'),
  kind: z.enum(KINDS).describe('private, or how it is published.'),
  port: z.int().describe('Of the service on this machine.'),
  target: z.string().describe('The service.'),
  labels: z.record(z.string(), z.string()).describe('Who made it and what for, and those that were given.'),
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
  id: z.string().describe('What the argument approvalId takes.'),
  status: z.enum(['waiting', 'approved', 'refused']).describe('How it was decided.'),
  tool: z.string().describe('The tool that asks.'),
  summary: z.string().describe('What it wants to do.'),
  target: z.string().optional().describe('What it is about.'),
  thread: z.string().optional().describe('The conversation that asks.'),
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
