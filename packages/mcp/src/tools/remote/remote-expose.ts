/** Owns the tool that has a machine expose one of its services. */
import { exposeOn, type ExposeSpec, precheckExpose } from '@towline/operations'
import { LIMITS, SERVICE_PROTOCOLS } from '@towline/protocol'
import { z } from 'zod'
import { labelsInput } from '../../server/schemas.ts'
import { exposeRisk } from '../../guard/expose-risk.ts'
import { defineTool } from '../../tool.ts'
import { MACHINE, machineRequest, machineTarget } from '../machines/machine.ts'
import { answerView, EXPOSURE_ID, exposureView, toldAnswer, toldExposure } from './remote-machine.ts'

const input = z.strictObject({
  ...MACHINE,
  port: z.int().min(1).max(65_535).describe('Where the service listens on that machine; it must answer already.'),
  host: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe('As that machine sees it; localhost, the machine itself, when absent.'),
  protocol: z.enum(SERVICE_PROTOCOLS).optional().describe('What the service speaks; http when absent.'),
  publish: z.boolean().optional().describe('false makes it private: no public address, reached as tow://name only.'),
  name: z
    .string()
    .min(1)
    .max(LIMITS.nameChars)
    .optional()
    .describe('Name of the tunnel; the server makes one up otherwise.'),
  tokenAuth: z
    .boolean()
    .optional()
    .describe('Visitors need a token of the project; true when absent for an MCP server that is published.'),
  trustedIps: z.array(z.string().max(64)).max(LIMITS.trustedIps).optional().describe('Networks (CIDR) that may visit.'),
  hostHeader: z.string().max(253).optional().describe('Host that the service sees, where it looks at it.'),
  mcpPath: z
    .string()
    .regex(/^\/[\x21-\x7e]{0,255}$/)
    .optional()
    .describe('The service is an MCP server there, such as at /mcp; towline_remote_mcp_discover finds it then.'),
  labels: labelsInput,
  purpose: z.string().min(1).max(64).optional().describe('What it is for, in a few words; clean-up finds it by that.'),
  ttlSeconds: z
    .int()
    .min(1)
    .max(LIMITS.exposureTtlMs / 1000)
    .optional()
    .describe('It ends by itself after that; else when it is stopped or the server of the machine ends.'),
  id: EXPOSURE_ID.optional().describe(
    'Of your choice: the same request with the same id is served once, however often you ask.',
  ),
  path: z.string().min(1).max(2048).optional().describe('What is compared after; / or mcpPath when absent.'),
})

/** As the machine opens it: an MCP server that is published asks for a token unless that was refused. */
const specOf = ({ publish, protocol = 'http', tokenAuth, mcpPath, ...args }: z.output<typeof input>): ExposeSpec => ({
  kind: publish === false ? 'private' : protocol === 'tcp' ? 'tcp' : 'http',
  name: args.name,
  tokenAuth: tokenAuth ?? mcpPath !== undefined,
  mcpPath,
  target: { host: args.host, port: args.port },
})

export const remoteExpose = defineTool({
  name: 'towline_remote_expose',
  description:
    'Publishes a service of another machine from that machine itself, or makes it private with publish: false. Its WebTTY server ' +
    'opens the tunnel, which survives broken links: run no command there for that. A port that is silent there is refused before ' +
    'anything exists. Answers what the service says there and through the tunnel; same false means look at difference.',
  input,
  output: exposureView.extend({
    verified: z
      .strictObject({
        same: z.boolean().describe('The service answers the same there and through the tunnel.'),
        difference: z.string().optional().describe('The first that matters.'),
        local: answerView,
        through: answerView,
      })
      .optional()
      .describe('What was compared right after.'),
    unverified: z.string().optional().describe('Why nothing was compared; it is exposed all the same.'),
    cleanupTool: z.literal('towline_remote_expose_stop').describe('Ends it.'),
    cleanupId: z.string().describe('The id for cleanupTool, with the same url.'),
  }),
  hints: { title: 'Expose remote service', openWorld: true, idempotent: true },
  risk: (args) => exposeRisk(specOf(args)),
  profile: 'operate',
  target: machineTarget,
  run: async (args, call) => {
    const { labels = {}, purpose = 'remote service', path, ttlSeconds } = args
    const { port, host, protocol = 'http', publish = true, name, tokenAuth, trustedIps, hostHeader, mcpPath, id } = args
    await precheckExpose(await call.connection(args), specOf(args), { signal: call.signal, byUs: false })
    const exposed = await exposeOn({
      ...machineRequest(args, call),
      path,
      expose: {
        ...{ id, port, protocol, publish, labels: call.labels(purpose, labels) },
        ...(host !== undefined && { host }),
        ...(name !== undefined && { name }),
        ...(tokenAuth !== undefined && { tokenAuth }),
        ...(trustedIps !== undefined && { trustedIps }),
        ...(hostHeader !== undefined && { hostHeader }),
        ...(mcpPath !== undefined && { mcpPath }),
        ...(ttlSeconds !== undefined && { ttlMs: ttlSeconds * 1000 }),
      },
    })
    const { verified, unverified } = exposed
    return {
      ...toldExposure(exposed),
      ...(verified && {
        verified: { ...verified, local: toldAnswer(verified.local), through: toldAnswer(verified.through) },
      }),
      ...(unverified && { unverified: unverified.message }),
      cleanupTool: 'towline_remote_expose_stop' as const,
      cleanupId: exposed.id,
    }
  },
})
