/** Owns the names of sandboxes: as modes and profiles that clients choose, as policies, and as lines have them. */
import type { SandboxMode, SandboxPolicy } from '@towline/protocol'
import type { AgentConfig } from '../config/agent-config.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { type Json, object, text, texts } from './json.ts'

export const policyOfMode = (mode: SandboxMode, { sandboxWorkspaceWrite }: AgentConfig): SandboxPolicy => {
  if (mode === 'danger-full-access') return { type: 'dangerFullAccess' }
  if (mode === 'read-only') return { type: 'readOnly', networkAccess: false }
  return { type: 'workspaceWrite', ...sandboxWorkspaceWrite }
}

const PROFILES: Readonly<Record<string, SandboxMode>> = {
  ':read-only': 'read-only',
  ':workspace': 'workspace-write',
  ':danger-full-access': 'danger-full-access',
}

/** Throws RpcError for a profile that is not built in. */
export const policyOfProfile = (id: string, config: AgentConfig): SandboxPolicy => {
  const mode = Object.hasOwn(PROFILES, id) ? PROFILES[id] : undefined
  if (!mode) throw new RpcError('invalidRequest', `unknown permission profile \`${id}\``)
  return policyOfMode(mode, config)
}

export const policyLine = (policy: SandboxPolicy): Json => {
  if (policy.type === 'dangerFullAccess') return { type: 'danger-full-access' }
  if (policy.type === 'readOnly') return { type: 'read-only', network_access: policy.networkAccess }
  if (policy.type === 'externalSandbox') return { type: 'external-sandbox', network_access: policy.networkAccess }
  return {
    ...{ type: 'workspace-write', writable_roots: policy.writableRoots, network_access: policy.networkAccess },
    ...{ exclude_tmpdir_env_var: policy.excludeTmpdirEnvVar, exclude_slash_tmp: policy.excludeSlashTmp },
  }
}

/** Undefined for what is not known: the config decides then. */
export const policyOfLine = (line: unknown): SandboxPolicy | undefined => {
  const policy = object(line)
  const network = policy?.['network_access']
  switch (text(policy?.['type'])) {
    case 'danger-full-access':
      return { type: 'dangerFullAccess' }
    case 'read-only':
      return { type: 'readOnly', networkAccess: network === true }
    case 'external-sandbox':
      return { type: 'externalSandbox', networkAccess: network === 'enabled' ? 'enabled' : 'restricted' }
    case 'workspace-write':
      return {
        ...{
          type: 'workspaceWrite',
          writableRoots: texts(policy?.['writable_roots']),
          networkAccess: network === true,
        },
        excludeTmpdirEnvVar: policy?.['exclude_tmpdir_env_var'] === true,
        excludeSlashTmp: policy?.['exclude_slash_tmp'] === true,
      }
    default:
      return undefined
  }
}
