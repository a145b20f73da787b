/** Owns what a permission profile comes to: a sandbox, and paths that are denied. What cannot be enforced is an error, never left out. */
import { homedir } from 'node:os'
import { isAbsolute, join, relative } from 'node:path'
import type { AgentConfig } from './agent-config.ts'
import { invalidKey } from './check-settings.ts'
import { merged } from './merge.ts'
import type { PermissionProfile, Settings } from './shape.ts'
import type { Table } from './toml-file.ts'

export type Permissions = Pick<AgentConfig, 'sandboxMode' | 'sandboxWorkspaceWrite' | 'deniedPaths'>

const BUILT_IN: Readonly<Record<string, AgentConfig['sandboxMode']>> = {
  ':read-only': 'read-only',
  ':workspace': 'workspace-write',
  ':danger-full-access': 'danger-full-access',
}

interface Whole {
  readonly mode: AgentConfig['sandboxMode'] | undefined
  readonly files: Table
  readonly network: boolean | undefined
}

export interface ProfileContext {
  readonly file: string
  readonly profiles: NonNullable<Settings['permissions']>
  readonly home: string | undefined
}

/** Throws CONFIG_INVALID. */
export const permissionsOf = (id: string, context: ProfileContext): Permissions => {
  const { mode, files, network } = wholeOf(id, context, [])
  return new Reading(id, context, mode ?? modeOf(id, files, context)).read(files, network)
}

const wholeOf = (id: string, context: ProfileContext, seen: readonly string[]): Whole => {
  const { file, profiles } = context
  if (Object.hasOwn(BUILT_IN, id)) return { mode: BUILT_IN[id], files: {}, network: undefined }
  const profile: PermissionProfile | undefined = Object.hasOwn(profiles, id) ? profiles[id] : undefined
  if (!profile) throw invalidKey(file, ['default_permissions'], `there are no permissions "${id}"`)
  if (seen.includes(id)) throw invalidKey(file, ['permissions', id, 'extends'], 'it extends itself')
  const below =
    profile.extends === undefined
      ? { mode: undefined, files: {}, network: undefined }
      : wholeOf(profile.extends, context, [...seen, id])
  return {
    mode: below.mode,
    files: merged(below.files, profile.filesystem ?? {}),
    network: profile.network?.enabled ?? below.network,
  }
}

/** Of a profile that extends nothing: it has to say that all may be read, for nothing less is enforced here. */
const modeOf = (id: string, files: Table, { file }: ProfileContext): AgentConfig['sandboxMode'] => {
  if (files[':root'] !== 'read' && files['/'] !== 'read')
    throw invalidKey(
      file,
      ['permissions', id],
      'it extends nothing and does not say ":root" = "read"; add extends = ":workspace"',
    )
  const roots = files[':workspace_roots']
  const own = typeof roots === 'string' ? roots : (roots as Table | undefined)?.['.']
  return own === 'write' ? 'workspace-write' : 'read-only'
}

class Reading {
  readonly #id: string
  readonly #context: ProfileContext
  #mode: AgentConfig['sandboxMode']
  readonly #writable: string[] = []
  readonly #readable: string[] = []
  readonly #denied: string[] = []
  #tmpdir = true
  #slashTmp = true

  constructor(id: string, context: ProfileContext, mode: AgentConfig['sandboxMode']) {
    this.#id = id
    this.#context = context
    this.#mode = mode
  }

  read(files: Table, network: boolean | undefined): Permissions {
    for (const [key, value] of Object.entries(files)) this.#entry(key, value)
    const narrowed = this.#readable.find((path) => this.#writable.some((root) => isBelow(path, root)))
    if (narrowed !== undefined) throw this.#wrong([narrowed], 'it is below a path that may be written')
    if (this.#mode === 'danger-full-access' && this.#denied.length > 0)
      throw this.#wrong([], 'nothing can be denied where everything is allowed')
    return {
      sandboxMode: this.#mode,
      sandboxWorkspaceWrite: {
        writableRoots: this.#writable,
        networkAccess: network ?? false,
        excludeTmpdirEnvVar: !this.#tmpdir,
        excludeSlashTmp: !this.#slashTmp,
      },
      deniedPaths: this.#denied,
    }
  }

  #entry(key: string, value: unknown): void {
    // Files are looked for as deep as they lie.
    if (key === 'glob_scan_max_depth') return
    if (key === ':workspace_roots') return this.#roots(value)
    if (typeof value !== 'string') throw this.#wrong([key], 'it says "read", "write" or "deny"')
    const access = value === 'none' ? 'deny' : value
    if (key === ':root' || key === '/') {
      if (access !== 'read') throw this.#wrong([key], 'only "read" is supported; extend ":danger-full-access" for all')
    } else if (key === ':minimal') {
      if (access !== 'read') throw this.#wrong([key], 'only "read" is supported')
    } else if (key === ':tmpdir') this.#tmpdir = this.#temporary(key, access)
    else if (key === ':slash_tmp') this.#slashTmp = this.#temporary(key, access)
    else this.#path(key, access)
  }

  #temporary(key: string, access: string): boolean {
    if (access === 'deny') throw this.#wrong([key], 'it cannot be denied; name its path')
    return access === 'write'
  }

  #path(key: string, access: string): void {
    const path = key.startsWith('~/') ? join(this.#context.home || homedir(), key.slice(2)) : key
    if (!isAbsolute(path)) throw this.#wrong([key], 'it is neither an absolute path nor a known place')
    if (access === 'deny') this.#denied.push(path)
    else if (access === 'read') this.#readable.push(path)
    else if (this.#mode === 'workspace-write') this.#writable.push(path)
    else if (this.#mode === 'read-only') throw this.#wrong([key], 'writing needs extends = ":workspace"')
  }

  #roots(value: unknown): void {
    const entries = typeof value === 'string' ? { '.': value } : (value as Readonly<Record<string, string>>)
    for (const [pattern, access] of Object.entries(entries)) {
      const isWhole = pattern === '.'
      if (access === 'deny' || access === 'none') {
        if (isWhole) throw this.#wrong([':workspace_roots', pattern], 'a workspace that is denied is of no use')
        this.#denied.push(pattern)
      } else if (access === 'read') {
        if (!isWhole && this.#mode !== 'read-only')
          throw this.#wrong([':workspace_roots', pattern], 'it is below a path that may be written')
        this.#mode = 'read-only'
      } else if (!isWhole || this.#mode === 'read-only') {
        if (this.#mode !== 'workspace-write')
          throw this.#wrong([':workspace_roots', pattern], 'writing needs extends = ":workspace"')
      }
    }
  }

  #wrong(path: readonly string[], problem: string): Error {
    return invalidKey(this.#context.file, ['permissions', this.#id, 'filesystem', ...path], problem)
  }
}

const isBelow = (path: string, root: string): boolean => {
  const way = relative(root, path)
  return way === '' || !(way.startsWith('..') || isAbsolute(way))
}
