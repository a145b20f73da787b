/** Proves that the registry is whole: words for all, rules that say who covers them, roles in order. */
import { describe, expect, it } from 'vitest'
import { permissionsFor, useCasePermissions } from './permissions/by-use-case.ts'
import { permissionsOfRole, ROLES } from './permissions/roles.ts'
import { covers, permissionsCovering } from './permissions/rules.ts'
import { USE_CASES } from './permissions/use-cases.ts'
import { ALL_PERMISSIONS, permissionRow, TUNNEL_ACTIONS } from './permissions.ts'

describe('protocol permissions', () => {
  it('protocol permissions: cover nothing that is in no row, not even when all are held', () => {
    const unknown = { resource: 'engine.secrets', action: 'read' }
    expect([covers(null, unknown), covers(ALL_PERMISSIONS, unknown), permissionsCovering(unknown)]).toEqual([
      false,
      false,
      [],
    ])
  })

  it('protocol permissions: have a sentence, a rule and a use case each', () => {
    const poor = ALL_PERMISSIONS.filter((permission) => {
      const { words, rules, useCases } = permissionRow(permission)
      return !/^[A-Z].*\.$/.test(words) || rules.length === 0 || useCases.length === 0
    })
    expect(poor).toEqual([])
  })

  it('protocol permissions: are asked for by the least that covers a rule', () => {
    expect(permissionsCovering({ resource: 'control.settings', action: 'read' })).toEqual([
      'settings.read',
      'settings.manage',
    ])
  })

  it('protocol permissions: have one scope for each action of a boundary, with the rule of that name', () => {
    const scoped = ALL_PERMISSIONS.flatMap((permission) => permissionRow(permission).scope ?? [])
    expect(scoped.toSorted()).toEqual([...TUNNEL_ACTIONS].toSorted())
    for (const permission of ALL_PERMISSIONS) {
      const { scope, rules } = permissionRow(permission)
      const bounded = rules.filter(({ resource }) => /^engine\.(tunnels|clients)$/.test(resource))
      expect(bounded.map(({ action }) => action)).toEqual(bounded.map(() => scope))
    }
  })

  it('protocol permissions: grow from role to role', () => {
    for (const [index, role] of ROLES.slice(1).entries()) {
      const above = permissionsOfRole(ROLES[index] ?? 'owner')
      expect(permissionsOfRole(role).filter((permission) => !above.includes(permission))).toEqual([])
    }
    expect(permissionsOfRole('viewer').filter((one) => /\.(create|manage|cut|connect)$/.test(one))).toEqual([])
  })

  it('protocol permissions: are found by use case, and every use case needs one', () => {
    expect(permissionsFor('publish')).toEqual(['tunnels.create'])
    expect(Object.keys(useCasePermissions())).toEqual(Object.keys(USE_CASES))
    expect(Object.values(useCasePermissions()).filter((needed) => needed.length === 0)).toEqual([])
  })
})
