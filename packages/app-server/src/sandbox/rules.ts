/** Owns what a sandbox says of every path, as files really lie: its entries with the names of places resolved, the most specific first in rank. */
import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import {
  AppError,
  type FileAccess,
  LIMITS,
  type NetworkRule,
  type SandboxContext,
  type SandboxEntry,
} from '@towline/protocol'
import { placeOf } from '../exec-server/file-uri.ts'
import { baseOf } from './patterns.ts'

export interface PathRule {
  /** Absolute and real, without a slash at its end. */
  readonly path: string
  readonly access: FileAccess
  /** Where nothing is, something may be made. */
  readonly maySkip: boolean
}

export interface Rules {
  /** Undefined where every path is allowed. Shorter paths first; of the same path the strictest last. */
  readonly paths: readonly PathRule[] | undefined
  /** Denied patterns, absolute, real up to their first wildcard. */
  readonly denied: readonly string[]
  readonly network: NetworkRule
}

const STRICTNESS: readonly FileAccess[] = ['read', 'write', 'deny']

/** Undefined when there is nothing to enforce. Throws SANDBOX_UNSUPPORTED. */
export const rulesOf = (
  context: SandboxContext | null | undefined,
  env: Readonly<Record<string, string>>,
): Rules | undefined => {
  if (!context || context.permissions.type === 'disabled') return undefined
  const { permissions } = context
  if (permissions.type === 'external') return openRules(permissions.network)
  const { file_system: files, network } = permissions
  if (files.type === 'unrestricted') return openRules(network)
  const { entries } = files
  if (entries.length > LIMITS.sandboxEntries) throw unsupported(`it has more than ${LIMITS.sandboxEntries} entries.`)
  const denied = entries.flatMap((entry) => patternOf(entry, context))
  const paths = entries
    .flatMap((entry) => {
      const { access, missing_path_behavior: missing } = entry
      return placesOf(entry, context, env).map((path) => ({
        path: realOf(resolve(path)),
        access,
        maySkip: missing === 'skip',
      }))
    })
    .toSorted((a, b) => depth(a.path) - depth(b.path) || STRICTNESS.indexOf(a.access) - STRICTNESS.indexOf(b.access))
  return { paths, denied, network }
}

/** All paths allowed, and perhaps not the network. */
const openRules = (network: NetworkRule): Rules | undefined =>
  network === 'enabled' ? undefined : { paths: undefined, denied: [], network }

const unsupported = (problem: string): AppError => new AppError('SANDBOX_UNSUPPORTED', { problem })
const depth = (path: string): number => (path === sep ? 0 : path.split(sep).length)

/** With no link in it, as far as it is there: rules are asked about real paths. */
const realOf = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return path === sep ? path : join(realOf(dirname(path)), basename(path))
  }
}

const rootsOf = ({ workspaceRoots = [], cwd }: SandboxContext): readonly string[] =>
  (workspaceRoots.length > 0 ? workspaceRoots : cwd ? [cwd] : []).map(placeOf)

/** What programs need to start, for sandboxes that let them read nothing else. */
const MINIMAL = [
  '/bin',
  '/sbin',
  '/usr',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc',
  '/opt',
  '/nix/store',
  '/run/systemd/resolve',
]

type Place = (context: SandboxContext, env: Readonly<Record<string, string>>) => readonly string[]

const PLACES: Readonly<Record<string, Place>> = {
  root: () => [sep],
  minimal: () => MINIMAL,
  project_roots: rootsOf,
  current_working_directory: rootsOf,
  tmpdir: (_, env) => (env['TMPDIR']?.startsWith(sep) ? [env['TMPDIR']] : []),
  slash_tmp: () => ['/tmp'],
}

const placesOf = (
  { path, access }: SandboxEntry,
  context: SandboxContext,
  env: Readonly<Record<string, string>>,
): readonly string[] => {
  if (path.type === 'glob_pattern') return []
  if (path.type === 'path') return [placeOf(path.path)]
  const { kind, subpath } = path.value
  const place = Object.hasOwn(PLACES, kind) ? PLACES[kind] : undefined
  if (place) return place(context, env).map((root) => resolve(root, subpath ?? '.'))
  // A newer client may know more places: without one it may do less, unless the place was to be kept from it.
  if (access === 'deny') throw unsupported(`"${kind}" is no place that is known here, and it is denied.`)
  return []
}

const patternOf = ({ path, access }: SandboxEntry, context: SandboxContext): readonly string[] => {
  if (path.type !== 'glob_pattern') return []
  if (access !== 'deny') throw unsupported('it allows a pattern; only paths can be allowed.')
  const { pattern } = path
  if (/[[{\\]/.test(pattern)) throw unsupported(`it denies the pattern ${pattern}; only *, ** and ? are known here.`)
  const roots = pattern.startsWith(sep) ? [sep] : rootsOf(context)
  return roots.map((root) => {
    const whole = join(root, pattern)
    const base = baseOf(whole)
    return join(realOf(resolve(base)), whole.slice(base.length))
  })
}

const isWithin = (path: string, of: string): boolean => of === sep || path === of || path.startsWith(`${of}${sep}`)

/** What the most specific rule says; nothing said is denied. `path` is real and absolute. */
export const accessTo = ({ paths }: Pick<Rules, 'paths'>, path: string): FileAccess =>
  paths === undefined ? 'write' : (paths.findLast((rule) => isWithin(path, rule.path))?.access ?? 'deny')
