/** Owns what settings come to for an agent: every default, in one place. */
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { Secret } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import type { AgentConfig, McpServerConfig, ModelProvider } from './agent-config.ts'
import { invalidKey } from './check-settings.ts'
import { permissionsOf } from './permissions.ts'
import type { McpServerSettings, ProviderSettings, Settings } from './shape.ts'

export type Env = Readonly<Record<string, string | undefined>>

export interface ResolveContext {
  /** Named where it is not known better. */
  readonly file: string
  readonly home: string
  readonly env: Env
  readonly cwd: string
  readonly trust: 'trusted' | 'untrusted' | undefined
}

export type Resolved = Omit<AgentConfig, 'instructions' | 'rules' | 'warnings'>

const OPENAI: ProviderSettings = { name: 'OpenAI', base_url: 'https://api.openai.com/v1', env_key: 'OPENAI_API_KEY' }

/** Throws CONFIG_INVALID. */
export const resolveConfig = (settings: Settings, context: ResolveContext): Resolved => {
  const { file, trust } = context
  const built = settings.openai_base_url === undefined ? OPENAI : { ...OPENAI, base_url: settings.openai_base_url }
  const given = { openai: built, ...settings.model_providers }
  const id = settings.model_provider ?? 'openai'
  if (!Object.hasOwn(given, id)) throw invalidKey(file, ['model_provider'], `there is no provider "${id}"`)
  const chosen = providerOf(id, given[id as 'openai'], context)
  if (!chosen) throw invalidKey(file, ['model_providers', id, 'base_url'], 'it is missing')
  const all = Object.entries(given).flatMap(([name, one]) => providerOf(name, one, context) ?? [])
  const policy = settings.approval_policy ?? (trust === 'untrusted' ? 'untrusted' : 'on-request')
  return {
    model: settings.model,
    provider: chosen,
    providers: Object.fromEntries(all.map((one) => [one.id, one])),
    effort: settings.model_reasoning_effort ?? null,
    summary: settings.model_reasoning_summary ?? null,
    // An older word: to ask after a failure is to ask when it is needed.
    approvalPolicy: policy === 'on-failure' ? 'on-request' : policy,
    ...sandboxOf(settings, context),
    // Beside it lie tokens, and what people decided.
    keptPaths: [context.home, ...(basename(context.home) === 'app-server' ? [dirname(context.home)] : [])],
    envPolicy: envPolicyOf(settings.shell_environment_policy),
    mcpServers: Object.entries(settings.mcp_servers ?? {}).map(([name, one]) => mcpServerOf(name, one, context)),
    modelContextWindow: settings.model_context_window,
    autoCompactTokenLimit: settings.model_auto_compact_token_limit,
    trusted: trust === 'trusted',
  }
}

/** Undefined when it does not say where it is. */
const providerOf = (id: string, one: ProviderSettings, { env }: ResolveContext): ModelProvider | undefined => {
  if (one.base_url === undefined) return undefined
  const token = one.experimental_bearer_token
  return {
    id,
    name: one.name ?? id,
    baseUrl: one.base_url.replace(/\/$/, ''),
    envKey: one.env_key,
    headers: {
      ...one.http_headers,
      ...fromEnv(one.env_http_headers, env),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    queryParams: one.query_params ?? {},
    requestMaxRetries: one.request_max_retries ?? LIMITS.modelRequestRetries,
    streamMaxRetries: one.stream_max_retries ?? LIMITS.modelStreamRetries,
    streamIdleTimeoutMs: one.stream_idle_timeout_ms ?? LIMITS.modelStreamIdleMs,
  }
}

/** Header and variable; those that are not set are left out. */
const fromEnv = (names: Readonly<Record<string, string>> = {}, env: Env): Record<string, string> =>
  Object.fromEntries(
    Object.entries(names).flatMap(([header, name]) => (env[name] ? [[header, env[name]] as const] : [])),
  )

const sandboxOf = (settings: Settings, { file, env, trust, cwd }: ResolveContext) => {
  const { default_permissions: id, permissions: profiles = {} } = settings
  if (id !== undefined) return permissionsOf(id, { file, profiles, home: env['HOME'] })
  const own = settings.sandbox_workspace_write ?? {}
  return {
    sandboxMode: settings.sandbox_mode ?? (trust === 'trusted' ? 'workspace-write' : 'read-only'),
    sandboxWorkspaceWrite: {
      writableRoots: (own.writable_roots ?? []).map((root) => resolve(cwd, root)),
      networkAccess: own.network_access ?? false,
      excludeTmpdirEnvVar: own.exclude_tmpdir_env_var ?? false,
      excludeSlashTmp: own.exclude_slash_tmp ?? false,
    },
    deniedPaths: [],
  } as const
}

/** Names that look like those of secrets stay out unless somebody says otherwise. */
const envPolicyOf = (own: Settings['shell_environment_policy'] = {}): AgentConfig['envPolicy'] => ({
  inherit: own.inherit ?? 'all',
  ignoreDefaultExcludes: own.ignore_default_excludes ?? false,
  exclude: own.exclude ?? [],
  set: own.set ?? {},
  includeOnly: own.include_only ?? [],
})

const SERVER_NAME = /^[A-Za-z0-9_-]{1,64}$/

const mcpServerOf = (name: string, one: McpServerSettings, context: ResolveContext): McpServerConfig => {
  const { file, env, home } = context
  const at = ['mcp_servers', name]
  if (!SERVER_NAME.test(name)) throw invalidKey(file, at, 'its name has 1 to 64 letters, digits, "-" and "_"')
  if ((one.command === undefined) === (one.url === undefined))
    throw invalidKey(file, at, 'it needs either a command or a url')
  const common = {
    name,
    enabled: one.enabled ?? true,
    enabledTools: one.enabled_tools,
    disabledTools: one.disabled_tools ?? [],
    startupTimeoutMs: milliseconds(one.startup_timeout_sec) ?? LIMITS.mcpStartupMs,
    toolTimeoutMs: milliseconds(one.tool_timeout_sec) ?? LIMITS.mcpToolMs,
    approval: one.default_tools_approval_mode ?? 'auto',
    toolApprovals: Object.fromEntries(
      Object.entries(one.tools ?? {}).flatMap(([tool, { approval_mode: mode }]) =>
        mode ? [[tool, mode] as const] : [],
      ),
    ),
  } as const
  if (one.url !== undefined) {
    const headers = secrets({ ...one.http_headers, ...fromEnv(one.env_http_headers, env) })
    return { ...common, transport: 'http', url: one.url, bearerTokenEnvVar: one.bearer_token_env_var, headers }
  }
  const handed = Object.fromEntries((one.env_vars ?? []).map((key) => [key, key]))
  return {
    ...{ ...common, transport: 'stdio', command: one.command as string, args: one.args ?? [] },
    env: secrets({ ...fromEnv(handed, env), ...one.env }),
    cwd: one.cwd === undefined ? undefined : isAbsolute(one.cwd) ? one.cwd : join(home, one.cwd),
  }
}

const secrets = (texts: Readonly<Record<string, string>>): Readonly<Record<string, Secret>> =>
  Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, new Secret(value)]))

const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000
