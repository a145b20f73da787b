/** Owns what a sandbox policy of a client says, in the words of an exec-server. */
import type { SandboxContext, SandboxEntry, SandboxPolicy } from '@towline/protocol'
import { z } from 'zod'
import type { AgentConfig } from '../config/agent-config.ts'

const ROOTS = z.array(z.string().max(8192)).max(256)

export const SANDBOX_POLICY = z.discriminatedUnion('type', [
  z.object({ type: z.literal('dangerFullAccess') }),
  z.object({ type: z.literal('readOnly'), networkAccess: z.boolean().default(false) }),
  z.object({
    type: z.literal('externalSandbox'),
    networkAccess: z.enum(['restricted', 'enabled']).default('restricted'),
  }),
  z.object({
    type: z.literal('workspaceWrite'),
    writableRoots: ROOTS.default([]),
    networkAccess: z.boolean().default(false),
    excludeTmpdirEnvVar: z.boolean().default(false),
    excludeSlashTmp: z.boolean().default(false),
  }),
])

const special = (kind: string, access: SandboxEntry['access'], subpath?: string): SandboxEntry => ({
  path: { type: 'special', value: { kind, ...(subpath !== undefined && { subpath }) } },
  access,
})
const at = (path: string, access: SandboxEntry['access']): SandboxEntry => ({ path: { type: 'path', path }, access })

/** Of a workspace, what decides what runs later. */
const KEPT = ['.git', '.codex', '.agents']

const policyOf = ({ sandboxMode, sandboxWorkspaceWrite }: AgentConfig): SandboxPolicy => {
  if (sandboxMode === 'danger-full-access') return { type: 'dangerFullAccess' }
  if (sandboxMode === 'read-only') return { type: 'readOnly', networkAccess: false }
  return { type: 'workspaceWrite', ...sandboxWorkspaceWrite }
}

/** Null for none; without a policy that of the folder's settings. */
export const sandboxOf = (
  policy: SandboxPolicy | undefined,
  { config, cwd }: { readonly config: AgentConfig; readonly cwd: string },
): SandboxContext | null => {
  const wanted = policy ?? policyOf(config)
  if (wanted.type === 'dangerFullAccess') return null
  if (wanted.type === 'externalSandbox') return { permissions: { type: 'external', network: wanted.networkAccess } }
  const entries = [
    special('root', 'read'),
    ...(wanted.type === 'workspaceWrite' ? writable(wanted) : []),
    ...denied(config),
  ]
  const network = wanted.networkAccess ? 'enabled' : 'restricted'
  return {
    permissions: { type: 'managed', file_system: { type: 'restricted', entries }, network },
    cwd,
    workspaceRoots: [cwd],
  }
}

const writable = (policy: Extract<SandboxPolicy, { readonly type: 'workspaceWrite' }>): readonly SandboxEntry[] => [
  special('project_roots', 'write'),
  ...KEPT.map((name) => special('project_roots', 'read', name)),
  ...(policy.excludeSlashTmp ? [] : [special('slash_tmp', 'write')]),
  ...(policy.excludeTmpdirEnvVar ? [] : [special('tmpdir', 'write')]),
  ...policy.writableRoots.flatMap((root) => [at(root, 'write'), ...KEPT.map((name) => at(`${root}/${name}`, 'read'))]),
]

const denied = ({ deniedPaths }: AgentConfig): readonly SandboxEntry[] =>
  deniedPaths.map((path) =>
    /[*?[]/.test(path) ? { path: { type: 'glob_pattern', pattern: path }, access: 'deny' } : at(path, 'deny'),
  )
