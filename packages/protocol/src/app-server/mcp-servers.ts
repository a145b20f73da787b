/** Owns what clients see and do of the MCP servers of config.toml. Tools, resources and results are as MCP has them. */
import type { Page, PageParams } from './page.ts'

export interface McpServerStatus {
  readonly name: string
  readonly runtimeStatus?:
    | 'notStarted'
    | 'starting'
    | 'connected'
    | 'authenticationRequired'
    | 'failed'
    | 'cancelled'
    | 'disabled'
    | null
  readonly serverInfo?: { readonly name: string; readonly version: string } | null
  /** By name. */
  readonly tools: Readonly<Record<string, McpTool>>
  readonly toolsError?: string | null
  /** Empty unless `detail` is `full`. */
  readonly resources: readonly { readonly name: string; readonly uri: string }[]
  readonly resourceTemplates: readonly { readonly name: string; readonly uriTemplate: string }[]
  readonly authStatus: 'unknown' | 'unsupported' | 'notLoggedIn' | 'bearerToken' | 'oAuth'
}

export interface McpTool {
  readonly name: string
  readonly title?: string
  readonly description?: string
  /** A JSON Schema. */
  readonly inputSchema: unknown
  readonly annotations?: unknown
}

export interface McpToolResult {
  readonly content: readonly unknown[]
  readonly structuredContent?: unknown
  readonly isError?: boolean
  readonly _meta?: unknown
}

export interface McpServerMethods {
  readonly 'mcpServerStatus/list': {
    readonly params: PageParams & {
      readonly detail?: 'full' | 'toolsAndAuthOnly' | null
      readonly threadId?: string | null
      readonly serverName?: string | null
    }
    readonly result: Page<McpServerStatus>
  }
  /** Without the model, and without asking. */
  readonly 'mcpServer/tool/call': {
    readonly params: {
      readonly threadId: string
      readonly server: string
      readonly tool: string
      readonly arguments?: unknown
      readonly _meta?: unknown
    }
    readonly result: McpToolResult
  }
  readonly 'mcpServer/resource/read': {
    readonly params: { readonly threadId?: string | null; readonly server: string; readonly uri: string }
    readonly result: {
      readonly contents: readonly ({ readonly uri: string } & ({ readonly text: string } | { readonly blob: string }))[]
    }
  }
  /** Called without params. */
  readonly 'config/mcpServer/reload': { readonly params: null | undefined; readonly result: object }
}
