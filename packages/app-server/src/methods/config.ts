/** Owns the methods about settings: what holds in a folder, and what an administrator demands. */
import { z } from 'zod'
import type { AgentConfig } from '../config/agent-config.ts'
import { method, type MethodTable } from '../server/method.ts'
import { FOLDER, folderOf, NOTHING } from './params.ts'
import type { BasicServices } from './services.ts'

/** In the names of config.toml. No key of a provider or MCP server is told. */
const configOf = (config: AgentConfig) => ({
  model: config.model ?? null,
  model_provider: config.provider.id,
  model_context_window: config.modelContextWindow ?? null,
  model_auto_compact_token_limit: config.autoCompactTokenLimit ?? null,
  model_reasoning_effort: config.effort,
  model_reasoning_summary: config.summary,
  approval_policy: config.approvalPolicy,
  sandbox_mode: config.sandboxMode,
  sandbox_workspace_write: {
    writable_roots: config.sandboxWorkspaceWrite.writableRoots,
    network_access: config.sandboxWorkspaceWrite.networkAccess,
    exclude_tmpdir_env_var: config.sandboxWorkspaceWrite.excludeTmpdirEnvVar,
    exclude_slash_tmp: config.sandboxWorkspaceWrite.excludeSlashTmp,
  },
})

export const CONFIG: MethodTable<BasicServices> = {
  'config/read': method<BasicServices, { cwd?: string | null | undefined }>({
    params: z.looseObject({ cwd: FOLDER, includeLayers: z.boolean().optional() }),
    run: async ({ config, cwd }, params) => ({
      config: configOf(await config.read(folderOf(params.cwd, cwd))),
      origins: {},
      layers: null,
    }),
  }),
  'configRequirements/read': method({ params: NOTHING, run: () => ({ requirements: null }) }),
}
