/** Owns one MCP server of a thread: started once, asked often, started anew when it ended, and gone with the thread. */
import type { CallToolResult, Client, ElicitResult } from '@modelcontextprotocol/client'
import { LIMITS } from '@towline/protocol'
import type { McpServerConfig } from '../config/agent-config.ts'
import { type McpTool, toolsFor } from './mcp-tool.ts'
import { type OpenTransport, openTransport, type TransportContext } from './open-transport.ts'

/** What a server asks a person. */
export type ServerQuestion =
  | { readonly mode: 'form'; readonly message: string; readonly requestedSchema: unknown; readonly _meta: null }
  | {
      readonly mode: 'url'
      readonly message: string
      readonly url: string
      readonly elicitationId: string
      readonly _meta: null
    }

export type StartupState = 'starting' | 'ready' | 'failed' | 'cancelled'

export interface McpServerOptions extends TransportContext {
  readonly config: McpServerConfig
  /** Product and version. */
  readonly agent: { readonly name: string; readonly version: string }
  readonly startup: (name: string, status: StartupState, error: string | null) => void
  readonly ask: (server: string, question: ServerQuestion, signal: AbortSignal) => Promise<ElicitResult>
}

export interface LiveServer {
  readonly client: Client
  readonly tools: readonly McpTool[]
}

export interface CallOptions {
  readonly meta: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
  readonly progress?: (message: string) => void
}

interface Open {
  readonly client: Client
  readonly transport: OpenTransport
  tools: Promise<readonly McpTool[]>
  isOver: boolean
}

export class McpServer {
  readonly config: McpServerConfig
  readonly #options: McpServerOptions
  readonly #ending = new AbortController()
  #starting: Promise<Open> | undefined
  #open: Open | undefined
  #error: string | undefined

  constructor(options: McpServerOptions) {
    this.#options = options
    this.config = options.config
  }

  get status(): 'notStarted' | 'starting' | 'connected' | 'failed' | 'disabled' {
    if (!this.config.enabled) return 'disabled'
    if (this.#open && !this.#open.isOver) return 'connected'
    if (this.#error !== undefined) return 'failed'
    return this.#starting ? 'starting' : 'notStarted'
  }

  get error(): string | undefined {
    return this.#error
  }

  /** Starts it; who needs it waits for that by `live`. */
  start(): void {
    this.live().catch(() => undefined)
  }

  /** Rejects with why it does not run. One that did not start is not tried again; one that ended is. */
  async live(): Promise<LiveServer> {
    if (this.#open?.isOver) {
      this.#open = undefined
      this.#starting = undefined
    }
    this.#starting ??= this.#start()
    const { client, tools } = await this.#starting
    return { client, tools: await tools }
  }

  async call(tool: string, args: Readonly<Record<string, unknown>>, options: CallOptions): Promise<CallToolResult> {
    const { client } = await this.live()
    const { meta, signal, progress } = options
    return await client.callTool(
      { name: tool, arguments: args, _meta: meta },
      {
        signal: AbortSignal.any([signal, this.#ending.signal]),
        timeout: this.config.toolTimeoutMs,
        resetTimeoutOnProgress: true,
        maxTotalTimeout: Math.max(this.config.toolTimeoutMs, LIMITS.mcpCallMs),
        ...(progress && { onprogress: ({ message }) => message !== undefined && progress(message) }),
      },
    )
  }

  /** Settles when it and all it started are gone. */
  async close(): Promise<void> {
    if (this.#ending.signal.aborted) return
    this.#ending.abort(new Error('it was closed'))
    const open = await this.#starting?.catch(() => undefined)
    if (!open) return
    open.isOver = true
    await open.transport.close()
    await open.client.close()
  }

  async #start(): Promise<Open> {
    const { config, startup } = this.#options
    if (!config.enabled) throw new Error('it is disabled')
    this.#error = undefined
    startup(config.name, 'starting', null)
    let transport: OpenTransport | undefined
    try {
      this.#ending.signal.throwIfAborted()
      transport = await openTransport(config, this.#options)
      const open = await this.#connect(transport)
      this.#open = open
      startup(config.name, 'ready', null)
      return open
    } catch (error) {
      const complaint = transport?.complaint()
      await transport?.close()
      const isClosed = this.#ending.signal.aborted
      this.#error = `${(error as Error).message}${complaint ? `: ${complaint}` : ''}`
      startup(config.name, isClosed ? 'cancelled' : 'failed', isClosed ? null : this.#error)
      throw new Error(`MCP server ${config.name} failed to start: ${this.#error}`, { cause: error })
    }
  }

  async #connect(transport: OpenTransport): Promise<Open> {
    const { config, agent } = this.#options
    const { startupTimeoutMs: timeout } = config
    const { Client: McpClient } = await import('@modelcontextprotocol/client')
    const client = new McpClient(agent, {
      capabilities: { elicitation: { form: {}, url: {} } },
      // A program that does not know the question of newer servers may never answer it.
      ...(config.transport === 'http' && { versionNegotiation: { mode: 'auto' } as const }),
      // A stranger's schema would be compiled here; the model reads whatever is answered.
      jsonSchemaValidator: {
        getValidator: () => (data) => ({ valid: true, data: data as never, errorMessage: undefined }),
      },
    })
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(timeout)])
    const open: Open = { client, transport, isOver: false, tools: Promise.resolve([]) }
    client.onclose = () => {
      open.isOver = true
    }
    client.setRequestHandler('elicitation/create', async ({ params }, { mcpReq }) =>
      this.#options.ask(config.name, questionOf(params), AbortSignal.any([mcpReq.signal, this.#ending.signal])),
    )
    await client.connect(transport.transport, { signal, timeout })
    open.tools = this.#tools(client, signal)
    client.setNotificationHandler('notifications/tools/list_changed', () => {
      open.tools = this.#tools(client, this.#ending.signal)
      open.tools.catch(() => undefined)
    })
    await open.tools
    return open
  }

  async #tools(client: Client, signal: AbortSignal): Promise<readonly McpTool[]> {
    if (!client.getServerCapabilities()?.tools) return []
    const { tools } = await client.listTools(undefined, { signal, timeout: this.config.startupTimeoutMs })
    return toolsFor(this.config, tools)
  }
}

const questionOf = (params: Readonly<Record<string, unknown>>): ServerQuestion => {
  const { message, requestedSchema } = params
  // By `_meta` clients tell approvals from questions: no server may dress one as the other.
  const common = { message: typeof message === 'string' ? message : '', _meta: null }
  if (params['mode'] !== 'url') return { ...common, mode: 'form', requestedSchema }
  return { ...common, mode: 'url', url: String(params['url']), elicitationId: String(params['elicitationId']) }
}
