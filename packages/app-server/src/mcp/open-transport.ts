/** Owns the way to an MCP server: a program with few variables, or HTTP with a token from one. */
import type { StreamableHTTPClientTransport, Transport } from '@modelcontextprotocol/client'
import { homedir } from 'node:os'
import type { Secret } from '@towline/base'
import { LIMITS, type Processes } from '@towline/protocol'
import type { McpServerConfig } from '../config/agent-config.ts'
import { openProgram } from '../rpc/open-program.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { WireTransport } from './wire-transport.ts'

export interface TransportContext {
  readonly processes: Processes
  /** The server's own variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of the thread: where programs start that name no folder. */
  readonly cwd: string
}

export interface OpenTransport {
  readonly transport: Transport
  /** What a program said on its standard error. */
  readonly complaint: () => string
  /** Tells the server that nobody comes back, and ends it. */
  readonly close: () => Promise<void>
}

/** What servers that are started here get, besides what is declared. */
const HANDED_DOWN = [
  'HOME',
  'LANG',
  'PATH',
  'SHELL',
  'TERM',
  'TMPDIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
]

type Stdio = Extract<McpServerConfig, { transport: 'stdio' }>
type Http = Extract<McpServerConfig, { transport: 'http' }>

/** Rejects with why there is no way. */
export const openTransport = (config: McpServerConfig, context: TransportContext): Promise<OpenTransport> =>
  config.transport === 'stdio' ? openStdio(config, context) : openHttp(config, context)

const openStdio = async (config: Stdio, { processes, env, cwd }: TransportContext): Promise<OpenTransport> => {
  const given: TransportContext['env'] = { HOME: homedir(), ...env }
  const handed = HANDED_DOWN.flatMap((name) => (given[name] ? [[name, given[name]] as const] : []))
  const program = await openProgram(processes, {
    argv: [config.command, ...config.args],
    cwd: config.cwd ?? cwd,
    env: { ...Object.fromEntries(handed), ...revealed(config.env) },
  })
  return {
    transport: new WireTransport(program),
    complaint: () => program.complaint,
    close: () => program.close(),
  }
}

const openHttp = async (config: Http, { env }: TransportContext): Promise<OpenTransport> => {
  const url = new URL(config.url)
  const headers = { ...revealed(config.headers), ...bearerOf(config, env) }
  if (Object.keys(headers).length > 0 && url.protocol !== 'https:' && !isLoopback(url.hostname))
    throw new Error('headers and tokens go over https, or to this machine, only')
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client')
  const transport = new StreamableHTTPClientTransport(url, {
    requestInit: { headers },
    fetch: boundedFetch(LIMITS.mcpMessageBytes),
  })
  return { transport, complaint: () => '', close: () => leave(transport) }
}

/** A session that is not ended goes over by itself; whoever closes wants to be gone. */
const leave = async (transport: StreamableHTTPClientTransport): Promise<void> => {
  const late = new Promise<void>((done) => {
    setTimeout(done, LIMITS.mcpCloseMs).unref()
  })
  const ended = transport.sessionId === undefined ? undefined : transport.terminateSession().catch(() => undefined)
  await Promise.race([ended, late])
  await transport.close()
}

const bearerOf = ({ bearerTokenEnvVar: name }: Http, env: TransportContext['env']): Record<string, string> => {
  if (name === undefined) return {}
  const token = env[name]
  if (!token) throw new Error(`the variable ${name} with its token is not set`)
  return { authorization: `Bearer ${token}` }
}

const revealed = (secrets: Readonly<Record<string, Secret>>): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]))

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
