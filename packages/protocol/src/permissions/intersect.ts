/** Owns narrowing: what two layers of rights allow together, as one layer that can be stored. */
import { ALL_PERMISSIONS, type Permission, permissionRow } from '../permissions.ts'
import type { Boundary } from './boundary.ts'
import { parseBoundary } from './parse-boundary.ts'
import { printBoundary } from './print-boundary.ts'
import { covers } from './rules.ts'

/** What one layer gives; null is unrestricted by it. */
export interface Rights {
  readonly permissions: readonly Permission[] | null
  readonly resources: Boundary | null
}

/**
 * The rights that all layers allow: never more than any of them. Throws BOUNDARY_INVALID when the boundaries together
 * are over a bound; then the narrower of two credentials cannot be minted.
 */
export const intersect = (first: Rights, ...others: readonly Rights[]): Rights => others.reduce(narrow, first)

/** `held`, and of that no more than `asked`. */
export const narrow = (held: Rights, asked: Rights): Rights => ({
  permissions: intersectPermissions(held.permissions, asked.permissions),
  resources: intersectBoundaries(held.resources, asked.resources),
})

/**
 * In table order: of those that either side names, the ones whose every rule both sides cover. So `settings.read` is what
 * is common to it and `settings.manage`.
 */
export const intersectPermissions = (
  a: readonly Permission[] | null,
  b: readonly Permission[] | null,
): readonly Permission[] | null => {
  if (a === null || b === null) return a ?? b
  return ALL_PERMISSIONS.filter(
    (permission) =>
      (a.includes(permission) || b.includes(permission)) &&
      permissionRow(permission).rules.every((rule) => covers(a, rule) && covers(b, rule)),
  )
}

/** One AND of both, flat and without repeats. Throws BOUNDARY_INVALID over a bound. */
export const intersectBoundaries = (a: Boundary | null, b: Boundary | null): Boundary | null => {
  if (a === null || b === null) return a ?? b
  const parts = new Map([...partsOf(a), ...partsOf(b)].map((part) => [printBoundary(part), part]))
  const [only, ...more] = parts.values()
  return more.length === 0 ? (only as Boundary) : parseBoundary({ AND: [only, ...more] })
}

const partsOf = (boundary: Boundary): readonly Boundary[] =>
  'AND' in boundary ? boundary.AND.flatMap(partsOf) : [boundary]
