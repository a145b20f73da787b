/** Owns what a turn may touch in the words of exec-servers: from the policy of a thread to entries of paths. */
import { isAbsolute, resolve, sep } from 'node:path'
import type { FileAccess, SandboxContext, SandboxEntry, SandboxPolicy } from '@towline/protocol'

export interface SandboxScope {
  readonly policy: SandboxPolicy
  readonly cwd: string
  readonly workspaceRoots: readonly string[]
  /** Absolute, or below the workspace roots; with `*`, `**` and `?` they are patterns. */
  readonly deniedPaths: readonly string[]
  /** Absolute: what decides what is asked and run. A turn that may write around them may not write them. */
  readonly keptPaths?: readonly string[]
}

/** Below a root that may be written: what decides how tools and agents behave there. */
const KEPT = ['.git', '.agents', '.codex', '.aws'] as const

/** Below a home: where app-servers listen. */
const CONTROL = 'app-server-control'

/** Null where nothing is limited. */
export const sandboxOf = (scope: SandboxScope): SandboxContext | null => {
  const { policy, deniedPaths } = scope
  if (policy.type === 'dangerFullAccess' || policy.type === 'externalSandbox') return unsandboxed(scope)
  const entries = [
    special('root', 'read'),
    ...(policy.type === 'workspaceWrite' ? writable(policy) : []),
    ...(policy.type === 'workspaceWrite' ? (scope.keptPaths ?? []).map((path) => entryAt(path, 'read')) : []),
    // Whoever may connect to a server of this user may have it run anything.
    ...(scope.keptPaths ?? []).map((path) => entryAt(resolve(path, CONTROL), 'deny')),
    ...deniedPaths.map(denied),
  ]
  return context(scope, entries, policy.networkAccess)
}

/** What holds even where a person let it out: denied paths stay denied. */
export const unsandboxed = (scope: SandboxScope): SandboxContext | null =>
  scope.deniedPaths.length === 0
    ? null
    : context(scope, [special('root', 'write'), ...scope.deniedPaths.map(denied)], true)

const context = (
  { cwd, workspaceRoots }: SandboxScope,
  entries: readonly SandboxEntry[],
  network: boolean,
): SandboxContext => ({
  permissions: {
    type: 'managed',
    file_system: { type: 'restricted', entries },
    network: network ? 'enabled' : 'restricted',
  },
  cwd,
  workspaceRoots: workspaceRoots.length > 0 ? workspaceRoots : [cwd],
})

type WorkspaceWrite = Extract<SandboxPolicy, { type: 'workspaceWrite' }>

const writable = ({ writableRoots, excludeSlashTmp, excludeTmpdirEnvVar }: WorkspaceWrite): readonly SandboxEntry[] => [
  special('project_roots', 'write'),
  ...writableRoots.map((path) => entryAt(path, 'write')),
  ...(excludeSlashTmp ? [] : [special('slash_tmp', 'write')]),
  ...(excludeTmpdirEnvVar ? [] : [special('tmpdir', 'write')]),
  // Also where nothing is yet: who could make them could have others run what they say.
  ...KEPT.map((subpath) => special('project_roots', 'read', subpath)),
  ...writableRoots.flatMap((root) => KEPT.map((name) => entryAt(resolve(root, name), 'read'))),
]

const special = (kind: string, access: FileAccess, subpath?: string): SandboxEntry => ({
  path: { type: 'special', value: { kind, ...(subpath !== undefined && { subpath }) } },
  access,
})

const entryAt = (path: string, access: FileAccess): SandboxEntry => ({ path: { type: 'path', path }, access })

const denied = (path: string): SandboxEntry => {
  if (/[*?]/.test(path)) return { path: { type: 'glob_pattern', pattern: path }, access: 'deny' }
  return isAbsolute(path) ? entryAt(path, 'deny') : special('project_roots', 'deny', path)
}

/** Whether a path is one that the policy lets be written, by its name; where links lead is up to the sandbox. */
export const mayWrite = ({ policy, cwd, workspaceRoots, keptPaths = [] }: SandboxScope, path: string): boolean => {
  if (policy.type === 'dangerFullAccess' || policy.type === 'externalSandbox') return true
  if (policy.type === 'readOnly') return false
  const projects = workspaceRoots.length > 0 ? workspaceRoots : [cwd]
  const roots = [...projects, ...policy.writableRoots]
  const within = (root: string): boolean => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
  if (roots.some((root) => KEPT.some((name) => within(resolve(root, name))))) return false
  // The nearest above it counts.
  const depth = (all: readonly string[]): number => Math.max(0, ...all.filter(within).map(({ length }) => length))
  return depth([...roots, ...(policy.excludeSlashTmp ? [] : ['/tmp'])]) > depth(keptPaths)
}
