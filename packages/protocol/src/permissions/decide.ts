/** Owns the one decision about rights: every layer must allow, so that no layer ever widens another. Pure. */
import { AppError } from '../errors.ts'
import { type Permission, type Rule, TUNNEL_ACTIONS } from '../permissions.ts'
import { type Ask, common, type CompiledBoundary, type Reach, type Target } from './compile-boundary.ts'
import { covers, permissionsCovering } from './rules.ts'

/** One of the things that bound a caller: a role, a credential, a token, a plan. */
export interface Layer {
  /** Such as `role` or `credential`; decisions name it. */
  readonly name: string
  /** null: this layer does not restrict them. */
  readonly permissions: readonly Permission[] | null
  /** null: this layer does not bound resources. */
  readonly resources: CompiledBoundary | null
}

/** Who asks. */
export interface Actor {
  /** The only project it may act in; absent for a person's login. */
  readonly projectId?: string | undefined
}

/** One question. */
export interface Question {
  readonly op: { readonly rules: readonly Rule[] }
  /** Undefined for someone who proved nothing. */
  readonly actor: Actor | undefined
  readonly target: Target
  readonly layers: readonly [Layer, ...Layer[]]
}

export type Reason = 'allowed' | 'anonymous' | 'project' | 'permission' | 'boundary'

export interface Decision {
  readonly allow: boolean
  readonly reason: Reason
  /** The least that would help, for `scope` of a 403 (RFC 6750 §3.1). */
  readonly missingPermission?: Permission | undefined
  /** The first layer that refuses. */
  readonly layer?: string
  /** What of the target may be shown; absent shows all. */
  readonly select?: ReadonlySet<string>
}

/** See docs/protocol/permissions.md. An operation must require at least one rule, and a permission must give each. */
export const decide = ({ op, actor, target, layers }: Question): Decision => {
  if (!actor) return { allow: false, reason: 'anonymous' }
  if (actor.projectId !== undefined && actor.projectId !== target.projectId) return { allow: false, reason: 'project' }
  if (op.rules.length === 0) return { allow: false, reason: 'permission' }
  let reach: Reach = 'all'
  for (const layer of layers) {
    const missing = op.rules.find((rule) => !covers(layer.permissions, rule))
    if (missing) return lacking(missing, layer)
    for (const rule of op.rules) {
      reach = common(reach, layer.resources ? layer.resources(askOf(rule, target)) : 'all')
      if (reach === undefined) return { allow: false, reason: 'boundary', layer: layer.name }
    }
  }
  return { allow: true, reason: 'allowed', ...(reach !== 'all' && { select: reach }) }
}

const lacking = (rule: Rule, { name }: Layer): Decision => ({
  allow: false,
  reason: 'permission',
  missingPermission: permissionsCovering(rule)[0],
  layer: name,
})

/** What a rule asks a boundary: `tunnels` of a leaf bounds tunnels and clients, the rest of it everything. */
export const askOf = ({ resource, action }: Rule, target: Target): Ask => {
  if (resource !== 'engine.tunnels' && resource !== 'engine.clients') return { target }
  return { target, action: TUNNEL_ACTIONS.find((known) => known === action), wholly: resource === 'engine.clients' }
}

/** How a refusal is told. Who proved nothing, or is of another project, learns no more than that. */
export const refusalOf = ({ reason, missingPermission }: Decision): AppError => {
  if (reason === 'permission') return new AppError('FORBIDDEN', { permission: missingPermission ?? 'none' })
  return new AppError(reason === 'boundary' ? 'OUT_OF_BOUNDS' : 'UNAUTHENTICATED')
}
