/** Owns what a config.toml may hold, by the names that Codex gives it. */
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'

const TEXTS = z.record(z.string(), z.string())
const NAMES = z.array(z.string()).max(1024)
const COUNT = z.number().int().nonnegative()
const SECONDS = z.number().positive().max(86_400)
const ACCESS = z.enum(['read', 'write', 'deny', 'none'])
const APPROVAL_MODE = z.enum(['auto', 'prompt', 'approve'])

const provider = z.strictObject({
  name: z.string().optional(),
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  env_key: z.string().optional(),
  env_key_instructions: z.string().optional(),
  experimental_bearer_token: z.string().optional(),
  wire_api: z.literal('responses', { error: 'only "responses" is spoken' }).optional(),
  query_params: TEXTS.optional(),
  http_headers: TEXTS.optional(),
  env_http_headers: TEXTS.optional(),
  request_max_retries: COUNT.max(100).optional(),
  stream_max_retries: COUNT.max(100).optional(),
  stream_idle_timeout_ms: COUNT.optional(),
  websocket_connect_timeout_ms: COUNT.optional(),
  requires_openai_auth: z.boolean().optional(),
  supports_websockets: z.boolean().optional(),
})

const mcpServer = z.strictObject({
  command: z.string().min(1).optional(),
  args: z.array(z.string()).optional(),
  env: TEXTS.optional(),
  env_vars: NAMES.optional(),
  cwd: z.string().optional(),
  url: z.url({ protocol: /^https?$/ }).optional(),
  bearer_token_env_var: z.string().optional(),
  http_headers: TEXTS.optional(),
  env_http_headers: TEXTS.optional(),
  enabled: z.boolean().optional(),
  enabled_tools: NAMES.optional(),
  disabled_tools: NAMES.optional(),
  startup_timeout_sec: SECONDS.optional(),
  tool_timeout_sec: SECONDS.optional(),
  default_tools_approval_mode: APPROVAL_MODE.optional(),
  tools: z.record(z.string(), z.strictObject({ approval_mode: APPROVAL_MODE.optional() })).optional(),
})

/** Below `glob_scan_max_depth` stands no path. */
const permissions = z.strictObject({
  description: z.string().optional(),
  extends: z.string().optional(),
  filesystem: z
    .record(
      z.string(),
      z.union([ACCESS, z.record(z.string(), ACCESS), COUNT], { error: 'it says "read", "write" or "deny"' }),
    )
    .optional(),
  network: z.strictObject({ enabled: z.boolean().optional() }).optional(),
})

const GRANULAR = z.strictObject({
  sandbox_approval: z.boolean().default(true),
  rules: z.boolean().default(true),
  skill_approval: z.boolean().default(true),
  request_permissions: z.boolean().default(true),
  mcp_elicitations: z.boolean().default(true),
})

/** Settings that a profile may hold too. */
const common = {
  model: z.string().optional(),
  model_provider: z.string().optional(),
  model_reasoning_effort: z.string().optional(),
  model_reasoning_summary: z.enum(['auto', 'concise', 'detailed', 'none']).optional(),
  approval_policy: z
    .union([z.enum(['untrusted', 'on-request', 'on-failure', 'never']), z.strictObject({ granular: GRANULAR })], {
      error: 'it is "untrusted", "on-request" or "never"',
    })
    .optional(),
  sandbox_mode: z.enum(['read-only', 'workspace-write', 'danger-full-access']).optional(),
}

export const SHAPE = z.strictObject({
  ...common,
  openai_base_url: z.url({ protocol: /^https?$/ }).optional(),
  model_providers: z.record(z.string(), provider).optional(),
  model_context_window: COUNT.optional(),
  model_auto_compact_token_limit: COUNT.optional(),
  default_permissions: z.string().optional(),
  permissions: z.record(z.string(), permissions).optional(),
  sandbox_workspace_write: z
    .strictObject({
      writable_roots: NAMES.optional(),
      network_access: z.boolean().optional(),
      exclude_tmpdir_env_var: z.boolean().optional(),
      exclude_slash_tmp: z.boolean().optional(),
    })
    .optional(),
  shell_environment_policy: z
    .strictObject({
      inherit: z.enum(['all', 'core', 'none']).optional(),
      ignore_default_excludes: z.boolean().optional(),
      exclude: NAMES.optional(),
      set: TEXTS.optional(),
      include_only: NAMES.optional(),
    })
    .optional(),
  mcp_servers: z
    .record(z.string(), mcpServer)
    .refine((servers) => Object.keys(servers).length <= LIMITS.mcpServers, {
      error: `there are more than ${LIMITS.mcpServers} servers`,
    })
    .optional(),
  projects: z
    .record(z.string(), z.strictObject({ trust_level: z.enum(['trusted', 'untrusted']).optional() }))
    .optional(),
  profile: z.string().optional(),
  profiles: z.record(z.string(), z.strictObject(common)).optional(),
  project_doc_max_bytes: COUNT.optional(),
  project_doc_fallback_filenames: NAMES.optional(),
})

export type Settings = z.infer<typeof SHAPE>
export type PermissionProfile = z.infer<typeof permissions>
export type ProviderSettings = z.infer<typeof provider>
export type McpServerSettings = z.infer<typeof mcpServer>

/** Of Codex's terminal and account, without a meaning for what an agent may do here. */
export const ELSEWHERE: ReadonlySet<string> = new Set([
  'analytics',
  'chatgpt_base_url',
  'check_for_update_on_startup',
  'cli_auth_credentials_store',
  'disable_paste_burst',
  'feedback',
  'file_opener',
  'hide_agent_reasoning',
  'history',
  'notice',
  'personality',
  'show_raw_agent_reasoning',
  'suppress_unstable_features_warning',
  'tui',
])

/** What a project may not decide, trusted or not: where what is said goes, and what is trusted. */
export const NOT_OF_PROJECTS: ReadonlySet<string> = new Set([
  'model_provider',
  'model_providers',
  'openai_base_url',
  'profile',
  'profiles',
  'projects',
])
