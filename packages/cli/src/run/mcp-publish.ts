/** Owns the work of `towline mcp publish`. */
import { MCP_PATH, offerOf, toolsOverHttp } from '@towline/mcp'
import { serveTunnel, type Transport } from '@towline/operations'
import { mcpLabels, parseLabels, type TunnelSpec, validateName } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { AGENT } from '../version.ts'
import { connectionOf } from './connection.ts'
import { reporterFor } from './forward.ts'
import { closeMcpDeps, mcpDeps } from './mcp-deps.ts'

export interface McpPublishOptions extends ServerOptions {
  readonly name: string
  readonly profile: string
  readonly private?: boolean
  readonly label?: readonly string[]
  readonly transport: Transport
  readonly output: 'text' | 'json'
}

/** Serves until it is told to end, which is success, or the server ends the tunnel for good, which is an error. */
export const run = async (io: Io, options: McpPublishOptions): Promise<void> => {
  const offer = await offerOf(options.profile)
  const spec = specOf(options)
  const connection = await connectionOf(io, options)
  const deps = mcpDeps(io)
  const reporter = reporterFor(io, options.output)
  let hosts = spec.kind === 'private' ? LOOPBACK : []
  const { server, close } = toolsOverHttp(deps, offer, () => hosts)
  try {
    await serveTunnel({
      ...{ connection, spec, service: server, target: `${offer.tools.length} tools`, agent: AGENT },
      transport: options.transport,
      signal: io.signal,
      onState: (state) => {
        const { tunnel } = state
        if (tunnel && spec.kind !== 'private') hosts = [new URL(tunnel.url).hostname]
        reporter.tell(tunnel ? { ...state, tunnel: { ...tunnel, url: tunnel.url + MCP_PATH } } : state)
      },
    })
  } finally {
    reporter.close()
    await close()
    await closeMcpDeps(deps)
  }
}

/** What dialers call it: a port of their own machine leads here, or no name at all. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Nobody gets in without a token, or the right to dial. */
const specOf = ({ name, label = [], private: isPrivate = false }: McpPublishOptions): TunnelSpec => {
  const labels = { ...parseLabels(label), ...mcpLabels(MCP_PATH) }
  const spec = { name: validateName(name), labels }
  return isPrivate ? { kind: 'private', ...spec } : { kind: 'http', tokenAuth: true, ...spec }
}
