/** Owns reading a sandbox policy of a client, and the one that holds where it names none. */
import type { SandboxPolicy } from '@towline/protocol'
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

export const policyOf = ({ sandboxMode, sandboxWorkspaceWrite }: AgentConfig): SandboxPolicy => {
  if (sandboxMode === 'danger-full-access') return { type: 'dangerFullAccess' }
  if (sandboxMode === 'read-only') return { type: 'readOnly', networkAccess: false }
  return { type: 'workspaceWrite', ...sandboxWorkspaceWrite }
}
