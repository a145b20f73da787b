/** Owns the tool that publishes a port of this machine until it is stopped. */
import { type ExposeSpec, isForeignName, LOCAL_PROTOCOLS, precheckExpose } from '@towline/operations'
import { type Kind, LIMITS, readMcpPath, shown, SURFACES } from '@towline/protocol'
import { z } from 'zod'
import { labelsInput, SELECTOR } from '../../server/schemas.ts'
import { exposeRisk } from '../../guard/expose-risk.ts'
import { defineTool, type ToldRisk } from '../../tool.ts'
import { localSupervisor } from './local-supervisor.ts'
import { localTunnelView, toldTunnel } from './views.ts'

const port = z.int().min(1).max(65_535)

const input = z.strictObject({
  port: port.describe('Where the service listens on this machine; it must answer already.'),
  host: z.string().min(1).max(253).optional().describe('Of the service; localhost when absent.'),
  name: z.string().min(1).max(LIMITS.nameChars).optional().describe('Stable name; the server makes one up otherwise.'),
  publish: z.boolean().optional().describe('false makes it private: no public address, reached as tow://name only.'),
  protocol: z
    .enum(LOCAL_PROTOCOLS)
    .optional()
    .describe('What the service speaks; http when absent. Private tunnels carry any bytes.'),
  tokenAuth: z.boolean().optional().describe('Visitors need a token of the project.'),
  trustedIps: z.array(z.string().max(64)).max(LIMITS.trustedIps).optional().describe('Networks (CIDR) that may visit.'),
  hostHeader: z.string().max(253).optional().describe('Host that the service sees; "rewrite" sends its own.'),
  publicPort: port.optional().describe('Public port wanted with protocol tcp.'),
  surface: z.enum(SURFACES).optional().describe('Marks a service that controls this machine.'),
  labels: labelsInput,
  purpose: z.string().min(1).max(64).optional().describe('What it is for, in a few words; clean-up finds it by that.'),
  ttlSeconds: z.int().min(1).max(LIMITS.localTtlSeconds).optional().describe('It ends by itself after that.'),
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .optional()
    .describe('Of your choice: the same request with the same id is served once, however often you ask.'),
  ...SELECTOR,
})

type Input = z.output<typeof input>

const specOf = ({ publish, protocol = 'http', ...input }: Input): ExposeSpec => ({
  mcpPath: readMcpPath(input.labels ?? {}),
  kind: publish === false ? 'private' : KIND[protocol],
  name: input.name,
  port: input.publicPort,
  surface: input.surface,
  tokenAuth: input.tokenAuth,
  target: { host: input.host, port: input.port },
})

const KIND = { http: 'http', https: 'http', h2c: 'http', tcp: 'tcp', tls: 'tls' } as const satisfies Record<
  (typeof LOCAL_PROTOCOLS)[number],
  Kind
>

/** Also a private tunnel: this machine looks the name up again for each visitor, and machines that expose check that, but we do not. */
const nameRisk = ({ host }: Input): ToldRisk | undefined =>
  host !== undefined && isForeignName(host)
    ? { risk: 'sensitive', because: `the name "${shown(host)}" may lead anywhere in the network of this machine` }
    : undefined

export const localTunnelExpose = defineTool({
  name: 'towline_local_tunnel_expose',
  description:
    'Publishes a port of this machine, or makes it private with publish: false, and answers its URL once it works. It goes ' +
    'on after this conversation until it is stopped by cleanupTool, or ttlSeconds are over. Refuses a port that nobody ' +
    'listens on, and a name that another tunnel has. Asking again with the same name or id answers the one that is there.',
  input,
  output: localTunnelView.extend({
    cleanupTool: z.literal('towline_local_tunnel_stop').describe('The tool that ends it.'),
    cleanupId: z.string().describe('The id for cleanupTool.'),
  }),
  hints: { title: 'Expose local service', openWorld: true, idempotent: true },
  risk: (args) => nameRisk(args) ?? exposeRisk(specOf(args)),
  profile: 'operate',
  target: ({ name, port: at }) => ({ name: name ?? `localhost:${at}` }),
  run: async (args, call) => {
    const { labels = {}, purpose = 'local tunnel', ...request } = args
    const { signal } = call
    const supervisor = localSupervisor(call.deps)
    const managed = await supervisor.listLocal({ signal, all: true })
    const own = new Set(managed.map(({ tunnelId = '' }) => tunnelId))
    await precheckExpose(await call.connection(request), specOf(args), { signal, own })
    const wanted = { ...request, labels: call.labels(purpose, labels) }
    const tunnel = await supervisor.exposeLocal(wanted, { signal })
    return { ...toldTunnel(tunnel), cleanupTool: 'towline_local_tunnel_stop' as const, cleanupId: tunnel.id }
  },
})
