/** Owns the tools that a thread has beside those of the agent: MCP servers of its settings, and what its client brought. */
import type { Processes } from '@towline/protocol'
import type { Agent } from '../agent/open-agent.ts'
import { Teller } from '../agent/teller.ts'
import { type DynamicTool, DynamicTools } from '../agent/tools/dynamic-tools.ts'
import type { HomeConfig } from '../config/open-config-source.ts'
import type { Ways } from '../environments/dial-environment.ts'
import { type McpServers, openMcpServers } from '../mcp/open-mcp-servers.ts'
import type { McpServices } from '../methods/mcp.ts'
import type { ThreadTools, ToolsOf } from '../threads/thread-options.ts'
import type { Threads } from '../threads/threads.ts'

export interface ThreadToolsOptions {
  readonly processes: Processes
  readonly env: Ways['env']
  readonly version: string
  readonly config: HomeConfig
  readonly agent: Pick<Agent, 'forget'>
  readonly cwd: string
}

interface Opened {
  readonly servers: McpServers
  readonly cwd: string
  /** Never has servers. */
  readonly isPlain: boolean
}

/** A thread in which a client has a model make up a name for another: no tool is called in it. */
const TITLE = 'thread_title'

export class HomeTools {
  readonly #options: ThreadToolsOptions
  readonly #opened = new Map<string, Opened>()

  constructor(options: ThreadToolsOptions) {
    this.#options = options
  }

  /** For `ThreadsOptions.openTools`. */
  readonly open = (of: ToolsOf): Promise<ThreadTools> => {
    const { threadId, config, cwd, feed, accepted, threadSource, dynamicTools } = of
    const wanted = threadSource === TITLE ? [] : config.mcpServers
    const servers = this.#servers({ threadId, servers: wanted, cwd, feed, accepted })
    this.#opened.set(threadId, { servers, cwd, isPlain: threadSource === TITLE })
    return Promise.resolve({
      sources: ({ turnId, settings, feed: ofTurn }) => [
        ...servers.sources({ turnId, ...settings }),
        ...(dynamicTools.length > 0
          ? [new DynamicTools(dynamicTools as unknown as DynamicTool[], new Teller({ threadId, turnId, feed: ofTurn }))]
          : []),
      ],
      close: async () => {
        this.#opened.delete(threadId)
        await Promise.all([servers.close(), this.#options.agent.forget(threadId)])
      },
    })
  }

  /** For the methods about MCP servers. */
  methods(threads: () => Threads): McpServices['mcp'] {
    const { config, cwd } = this.#options
    return {
      ofThread: async (threadId) => {
        await threads().get(threadId).tools()
        return this.#opened.get(threadId)?.servers ?? this.#servers({ threadId, servers: [], cwd, feed: undefined })
      },
      open: async () => {
        const { mcpServers: servers } = await config.read(cwd)
        return this.#servers({ threadId: '', servers, cwd, feed: undefined })
      },
      reload: async () => {
        for (const opened of this.#opened.values())
          if (!opened.isPlain) await opened.servers.reload((await config.read(opened.cwd)).mcpServers)
      },
    }
  }

  #servers(
    of: Pick<Parameters<typeof openMcpServers>[0], 'threadId' | 'servers' | 'cwd' | 'feed' | 'accepted'>,
  ): McpServers {
    const { processes, env, version, config } = this.#options
    return openMcpServers({
      processes,
      env,
      version,
      allowAlways: (server, tool) => config.allowTool(server, tool),
      ...of,
    })
  }
}
