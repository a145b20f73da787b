/** Owns the seam to what config.toml says of agents (docs/guide/app-server.md): read once a thread, from files that are trusted. */
import type { Secret } from '@towline/base'
import type { AskForApproval, EnvPolicy, ReasoningEffort, ReasoningSummary, SandboxMode } from '@towline/protocol'

/** An endpoint of the Responses API. */
export interface ModelProvider {
  readonly id: string
  readonly name: string
  /** With `/v1`, as SDKs take it. */
  readonly baseUrl: string
  /** The variable that holds the key; absent for none. */
  readonly envKey: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly queryParams: Readonly<Record<string, string>>
  readonly requestMaxRetries: number
  readonly streamMaxRetries: number
  readonly streamIdleTimeoutMs: number
}

/** `auto`: by what a tool says of itself. */
export type ToolApproval = 'auto' | 'prompt' | 'approve'

export type McpServerConfig = {
  readonly name: string
  readonly approval: ToolApproval
  /** By the name of the tool. */
  readonly toolApprovals: Readonly<Record<string, ToolApproval>>
  readonly enabled: boolean
  readonly enabledTools: readonly string[] | undefined
  readonly disabledTools: readonly string[]
  readonly startupTimeoutMs: number
  readonly toolTimeoutMs: number
} & (
  | {
      readonly transport: 'stdio'
      readonly command: string
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, Secret>>
      readonly cwd: string | undefined
    }
  | {
      readonly transport: 'http'
      readonly url: string
      readonly bearerTokenEnvVar: string | undefined
      readonly headers: Readonly<Record<string, Secret>>
    }
)

export interface AgentConfig {
  readonly model: string | undefined
  readonly provider: ModelProvider
  readonly providers: Readonly<Record<string, ModelProvider>>
  readonly effort: ReasoningEffort | null
  readonly summary: ReasoningSummary | null
  readonly approvalPolicy: AskForApproval
  readonly sandboxMode: SandboxMode
  readonly sandboxWorkspaceWrite: {
    readonly writableRoots: readonly string[]
    readonly networkAccess: boolean
    readonly excludeTmpdirEnvVar: boolean
    readonly excludeSlashTmp: boolean
  }
  readonly envPolicy: EnvPolicy
  readonly deniedPaths: readonly string[]
  /** Absolute: what of this program no turn may write, wherever it lies. */
  readonly keptPaths: readonly string[]
  readonly mcpServers: readonly McpServerConfig[]
  /** Tokens; undefined where the model's own is taken. */
  readonly modelContextWindow: number | undefined
  readonly autoCompactTokenLimit: number | undefined
  /** Texts of AGENTS.md from the home to the folder, in that order, and where they lie. */
  readonly instructions: readonly { readonly path: string; readonly text: string }[]
  /** Commands that run unasked, or never: word prefixes. */
  readonly rules: readonly CommandRule[]
  readonly trusted: boolean
  /** What was not understood, for people to read. */
  readonly warnings: readonly string[]
}

export interface CommandRule {
  readonly pattern: readonly string[]
  readonly decision: 'allow' | 'prompt' | 'forbidden'
}

/** Reads what holds in a folder. Rejects with CONFIG_INVALID. */
export interface ConfigSource {
  readonly home: string
  read(cwd: string, overrides?: Readonly<Record<string, unknown>>): Promise<AgentConfig>
  /** Remembers that a person trusts a folder. */
  trust(cwd: string): Promise<void>
  /** Remembers a rule that a person allowed. */
  allow(pattern: readonly string[]): Promise<void>
}
