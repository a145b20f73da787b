/** Owns whether a caller may do something to one item of a list. */
import { decide, type Role, type Rule, type Target } from '@towline/protocol'
import { type Caller, layersOf } from './caller.ts'

export interface Spot {
  /** Undefined for a project's own credential. */
  readonly role: Role | undefined
  readonly target: Target
}

export const mayAt = (rules: readonly Rule[], caller: Caller, { role, target }: Spot): boolean => {
  const actor = { projectId: target.projectId === undefined ? undefined : caller.projectId }
  return decide({ op: { rules }, actor, target, layers: layersOf(caller, role) }).allow
}
