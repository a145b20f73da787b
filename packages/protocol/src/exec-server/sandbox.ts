/** Owns how a client of an exec-server says what a process or an access to a file may touch. */

export type FileAccess = 'read' | 'write' | 'deny'

/** Places that have names; `subpath` is below them. */
export interface SpecialPath {
  readonly kind: string
  readonly subpath?: string | null
}

export type SandboxPath =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'glob_pattern'; readonly pattern: string }
  | { readonly type: 'special'; readonly value: SpecialPath }

export interface SandboxEntry {
  readonly path: SandboxPath
  readonly access: FileAccess
  /** `skip`: what is not there need not be kept from being made. */
  readonly missing_path_behavior?: string | null
}

/** The most specific entry counts; what no entry names is denied. */
export type FileSystemRule =
  | { readonly type: 'restricted'; readonly entries: readonly SandboxEntry[] }
  | { readonly type: 'unrestricted' }

export type NetworkRule = 'restricted' | 'enabled'

export type SandboxPermissions =
  | { readonly type: 'managed'; readonly file_system: FileSystemRule; readonly network: NetworkRule }
  | { readonly type: 'disabled' }
  | { readonly type: 'external'; readonly network: NetworkRule }

export interface SandboxContext {
  readonly permissions: SandboxPermissions
  /** Paths or `file:` URIs. */
  readonly cwd?: string | null
  readonly workspaceRoots?: readonly string[]
}
