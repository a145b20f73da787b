/** Owns turning boundaries into something that answers fast: how far a credential reaches towards one target. */
import { LIMITS } from '../limits.ts'
import type { CompileRegex } from '../filter/context.ts'
import type { TunnelAction } from '../permissions.ts'
import { shown } from '../shown.ts'
import type {
  Boundary,
  BoundaryLeaf,
  ConnectMatch,
  ListMatch,
  TextMatch,
  TunnelMatch,
  TunnelScopes,
} from './boundary.ts'
import { FIELDS, type FieldValue, type TunnelFacts } from './fields.ts'
import { canonicalPath } from './path.ts'
import { fail } from './reading.ts'

/** What an operation is about; what is not known passes no bound on it. */
export interface Target {
  readonly workspaceId?: string | undefined
  readonly projectId?: string | undefined
  readonly tunnel?: TunnelFacts | undefined
  /** Of a request to the tunnel, as it came: with escapes, without query. */
  readonly path?: string | undefined
}

/** One question to a boundary. */
export interface Ask {
  readonly target: Target
  /** For operations on tunnels and clients. */
  readonly action?: TunnelAction | undefined
  /** The object is no tunnel (a client): only an action without any bound reaches it. */
  readonly wholly?: boolean
}

/** Everything, or these fields of the target; undefined is out of reach. */
export type Reach = 'all' | ReadonlySet<string> | undefined

/** Answers how far it reaches. */
export type CompiledBoundary = (ask: Ask) => Reach

/** Throws BOUNDARY_INVALID for a pattern that `regex` refuses. `regex` must be RE2: patterns come from strangers. */
export const compileBoundary = (boundary: Boundary, regex: CompileRegex): CompiledBoundary => {
  if ('AND' in boundary) return everyOf(boundary.AND.map((branch) => compileBoundary(branch, regex)))
  if ('OR' in boundary) return someOf(boundary.OR.map((branch) => compileBoundary(branch, regex)))
  return compileLeaf(boundary, bounded(regex))
}

/** Reaches as far as all do. */
export const common = (a: Reach, b: Reach): Reach => {
  if (a === undefined || b === undefined) return undefined
  if (a === 'all') return b
  if (b === 'all') return a
  const both = new Set([...a].filter((field) => b.has(field)))
  return both.size > 0 ? both : undefined
}

const everyOf =
  (branches: readonly CompiledBoundary[]): CompiledBoundary =>
  (ask) => {
    let reach: Reach = 'all'
    for (const branch of branches) {
      reach = common(reach, branch(ask))
      if (reach === undefined) return undefined
    }
    return reach
  }

const someOf =
  (branches: readonly CompiledBoundary[]): CompiledBoundary =>
  (ask) => {
    let reach: Reach
    for (const branch of branches) {
      reach = either(reach, branch(ask))
      if (reach === 'all') return 'all'
    }
    return reach
  }

const either = (a: Reach, b: Reach): Reach => {
  if (a === undefined || b === 'all') return b
  return b === undefined || a === 'all' ? a : new Set([...a, ...b])
}

const compileLeaf = ({ workspaces, projects, tunnels }: BoundaryLeaf, regex: CompileRegex): CompiledBoundary => {
  const inWorkspaces = idsTest(workspaces)
  const inProjects = idsTest(projects)
  const scopes = tunnels && compileScopes(tunnels, regex)
  return (ask) => {
    if (!inWorkspaces(ask.target.workspaceId) || !inProjects(ask.target.projectId)) return undefined
    if (!scopes || ask.action === undefined) return 'all'
    return scopes[ask.action]?.(ask)
  }
}

const idsTest = (ids: readonly string[] | undefined): ((id: string | undefined) => boolean) => {
  if (!ids) return () => true
  const known = new Set(ids)
  return (id) => id !== undefined && known.has(id)
}

const compileScopes = (
  { create, connect, list, cut }: TunnelScopes,
  regex: CompileRegex,
): Partial<Readonly<Record<TunnelAction, CompiledBoundary>>> => ({
  ...(create && { create: compileScope(create, regex) }),
  ...(connect && { connect: compileScope(connect, regex) }),
  ...(list && { list: compileScope(list, regex) }),
  ...(cut && { cut: compileScope(cut, regex) }),
})

type Scope = Exclude<TunnelScopes[TunnelAction], undefined>

const compileScope = (scope: Scope, regex: CompileRegex): CompiledBoundary => {
  if (scope === true) return () => 'all'
  const { params, select, labels, ...fields }: ConnectMatch & ListMatch = scope
  const tests = [...fieldTests(fields, regex), ...labelTests(labels ?? {}, regex)]
  const path = params && compileText(params.path, regex)
  const reach: Reach = select ? new Set(Object.keys(select)) : 'all'
  return ({ target, wholly }) => {
    const { tunnel } = target
    if (wholly || !tunnel || !tests.every((test) => test(tunnel))) return undefined
    return path && !path(pathOf(target)) ? undefined : reach
  }
}

const pathOf = ({ path }: Target): string | undefined => (path === undefined ? undefined : canonicalPath(path))

type TunnelTest = (tunnel: TunnelFacts) => boolean

const fieldTests = (fields: Omit<TunnelMatch, 'labels'>, regex: CompileRegex): TunnelTest[] =>
  Object.entries(fields).map(([name, match]) => {
    const { read } = FIELDS[name as keyof typeof FIELDS]
    if (typeof match === 'boolean') return (tunnel) => read(tunnel) === match
    const test = compileText(match as TextMatch, regex)
    return (tunnel) => test(read(tunnel))
  })

const labelTests = (labels: NonNullable<TunnelMatch['labels']>, regex: CompileRegex): TunnelTest[] =>
  Object.entries(labels).map(([key, match]) => {
    const test = match === null ? (value: FieldValue) => value !== undefined : compileText(match, regex)
    return ({ labels: held = {} }) => test(Object.hasOwn(held, key) ? held[key] : undefined)
  })

/** Of a list every item must pass, and there must be one: otherwise a wide network could ride along with an allowed one. */
const compileText = (match: TextMatch, regex: CompileRegex): ((value: FieldValue) => boolean) => {
  const passes = textTest(match, regex)
  return (value) => {
    if (typeof value === 'object') return value.length > 0 && value.every(passes)
    return value !== undefined && passes(String(value))
  }
}

const textTest = (match: TextMatch, regex: CompileRegex): ((text: string) => boolean) => {
  if (typeof match !== 'object') return (text) => text === String(match)
  if ('exact' in match) return (text) => text === String(match.exact)
  if ('regex' in match) return regex(match.regex)
  const set = new Set(match.oneof.map(String))
  return (text) => set.has(text)
}

/** Whatever the compiler throws is BOUNDARY_INVALID; a text over the bound passes no regex, for a part of it could pass. */
const bounded =
  (regex: CompileRegex): CompileRegex =>
  (pattern) => {
    try {
      const test = regex(pattern)
      return (text) => text.length <= LIMITS.boundaryTextChars && test(text)
    } catch {
      throw fail('it', `the regex "${shown(pattern)}" is not of the RE2 kind, or too large`)
    }
  }
