/** Owns whether permissions cover what an operation requires. */
import { ALL_PERMISSIONS, type Permission, permissionRow, type Rule } from '../permissions.ts'

/** What any permission gives: to see who one is. */
export const SELF_RULE: Rule = { resource: 'control.self', action: 'read' }

const keyOf = ({ resource, action }: Rule): string => `${resource} ${action}`

/** Which permissions cover a rule, the one that gives least first: it is the one to ask for. */
const COVERING: ReadonlyMap<string, readonly Permission[]> = (() => {
  const byPower = ALL_PERMISSIONS.toSorted((a, b) => permissionRow(a).rules.length - permissionRow(b).rules.length)
  const found = new Map<string, Permission[]>([[keyOf(SELF_RULE), byPower]])
  for (const permission of byPower) {
    for (const rule of permissionRow(permission).rules) {
      const key = keyOf(rule)
      found.set(key, [...(found.get(key) ?? []), permission])
    }
  }
  return found
})()

/** The permissions that cover a rule, the least powerful first; none for a rule that no permission gives. */
export const permissionsCovering = (rule: Rule): readonly Permission[] => COVERING.get(keyOf(rule)) ?? []

/** Whether one of `held` covers the rule; null holds everything that a permission can give. */
export const covers = (held: readonly Permission[] | null, rule: Rule): boolean => {
  const covering = permissionsCovering(rule)
  return held === null ? covering.length > 0 : covering.some((permission) => held.includes(permission))
}
