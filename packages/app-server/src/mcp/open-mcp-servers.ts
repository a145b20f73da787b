/** Owns the MCP servers of a thread: started beside each other, tools for each of its turns, and nothing left when it ends. */
import { isDeepStrictEqual } from 'node:util'
import type { ElicitResult } from '@modelcontextprotocol/client'
import { RpcError } from '../rpc/rpc-error.ts'
import type { ToolSource } from '../agent/tool.ts'
import type { Accepted } from '../agent/turn.ts'
import type { McpServerConfig } from '../config/agent-config.ts'
import type { Feed } from '../feed/feed.ts'
import { mayAsk, type McpTurn } from './approve-tool.ts'
import { callMcpTool } from './mcp-tool-call.ts'
import { McpServer, type ServerQuestion } from './mcp-server.ts'
import { namespaceOf, specsOf } from './mcp-tool.ts'
import type { TransportContext } from './open-transport.ts'

export interface McpServersOptions extends TransportContext {
  readonly threadId: string
  readonly servers: readonly McpServerConfig[]
  /** Of the thread; without one nobody is asked, and nobody told. */
  readonly feed: Feed | undefined
  /** Of the thread. */
  readonly accepted?: Accepted | undefined
  /** Version of this product. */
  readonly version: string
  /** Remembers for good that a tool runs unasked. */
  readonly allowAlways?: ((server: string, tool: string) => Promise<void>) | undefined
  /** Whether the model knows tools with a namespace. */
  readonly namespaces?: boolean | undefined
}

export interface McpServers {
  readonly all: readonly McpServer[]
  /** Throws RpcError in words that clients know. */
  get(name: string): McpServer
  /** One for each server, for one turn. */
  sources(turn: McpTurn): readonly ToolSource[]
  /** Goes over to other settings; servers that run and whose own did not change stay. */
  reload(servers: readonly McpServerConfig[]): Promise<void>
  close(): Promise<void>
}

/** Starts them; who needs one waits for it. */
export const openMcpServers = (options: McpServersOptions): McpServers => new Servers(options)

class Servers implements McpServers {
  readonly #options: McpServersOptions
  readonly #servers = new Map<string, McpServer>()
  readonly #session: Accepted
  #turn: McpTurn | undefined
  #isClosed = false

  constructor(options: McpServersOptions) {
    this.#options = options
    this.#session = options.accepted ?? new Set<string>()
    for (const config of options.servers) this.#add(config)
  }

  get all(): readonly McpServer[] {
    return [...this.#servers.values()]
  }

  get(name: string): McpServer {
    const found = this.#servers.get(name)
    if (found) return found
    throw new RpcError('internal', `unknown MCP server '${name}'`)
  }

  sources(turn: McpTurn): readonly ToolSource[] {
    this.#turn = turn
    return this.all.filter(({ config }) => config.enabled).map((server) => this.#source(server, turn))
  }

  async reload(configs: readonly McpServerConfig[]): Promise<void> {
    if (this.#isClosed) return
    const gone = this.all.filter(
      ({ config, status }) => status === 'failed' || !configs.some((one) => isSame(one, config)),
    )
    for (const { config } of gone) this.#servers.delete(config.name)
    await Promise.all(gone.map((server) => server.close()))
    for (const config of configs) if (!this.#servers.has(config.name)) this.#add(config)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.all.map((server) => server.close()))
  }

  #add(config: McpServerConfig): void {
    const { threadId, feed, version } = this.#options
    const server = new McpServer({
      ...this.#options,
      config,
      agent: { name: 'towline-mcp-client', version },
      startup: (name, status, error) =>
        feed?.emit('mcpServer/startupStatus/updated', { threadId, name, status, error }),
      ask: (name, question, signal) => this.#ask(name, question, signal),
    })
    this.#servers.set(config.name, server)
    if (config.enabled) server.start()
  }

  #source(server: McpServer, turn: McpTurn): ToolSource {
    const { threadId, feed, namespaces = true, allowAlways } = this.#options
    const { name } = server.config
    const namespace = namespaceOf(name)
    const remembered = { session: this.#session, always: async (...of: [string, string]) => await allowAlways?.(...of) }
    const named = (call: { readonly namespace: string | null; readonly name: string }): string | undefined => {
      if (call.namespace === namespace) return call.name
      const isWhole = call.namespace === null && call.name.startsWith(`${namespace}__`)
      return isWhole ? call.name.slice(namespace.length + 2) : undefined
    }
    return {
      specs: async () => {
        const live = await server.live().catch(() => undefined)
        if (!live) return []
        const instructions = live.client.getInstructions()
        return specsOf({ server: name, instructions, tools: live.tools, namespaces })
      },
      has: (call) => named(call) !== undefined,
      call: async (call) => {
        const live = await server.live().catch((error: Error) => error.message)
        if (typeof live === 'string') return live
        const found = live.tools.find((one) => one.name === named(call))
        if (!found || !feed) return `unsupported call: ${named(call)}`
        return await callMcpTool(call, found, { threadId, turn, server, feed, remembered })
      },
    }
  }

  async #ask(serverName: string, question: ServerQuestion, signal: AbortSignal): Promise<ElicitResult> {
    const { feed, threadId } = this.#options
    const turn = this.#turn
    if (!feed || (turn && !mayAsk(turn.approvalPolicy))) return { action: 'decline' }
    const asked = { threadId, turnId: turn?.turnId ?? null, serverName, ...question }
    const { action, content } = await feed.ask('mcpServer/elicitation/request', asked, signal)
    if (action !== 'accept') return { action }
    return { action, content: (content ?? {}) as NonNullable<ElicitResult['content']> }
  }
}

/** Secrets are compared by what they hold. */
const isSame = (one: McpServerConfig, other: McpServerConfig): boolean => isDeepStrictEqual(open(one), open(other))
const open = (config: McpServerConfig): unknown => {
  const secrets = config.transport === 'stdio' ? config.env : config.headers
  const revealed = Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()])
  return { ...config, env: undefined, headers: undefined, revealed }
}
