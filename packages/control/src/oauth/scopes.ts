/** Owns OAuth scopes: each is a permission's name. */
import { ALL_PERMISSIONS, type Audience, type Permission, permissionRow, permissionsFor } from '@towline/protocol'

/** All scopes of resources, space-separated. */
export const RESOURCE_SCOPE = ALL_PERMISSIONS.join(' ')

/** The permissions among the words of a scope, in table order. */
export const permissionsOf = (scope: string | undefined): readonly Permission[] => {
  const words = new Set((scope ?? '').split(' '))
  return ALL_PERMISSIONS.filter((permission) => words.has(permission))
}

/** What a permission lets its holder do, for people. */
export const wordsOf = (permission: Permission): string => permissionRow(permission).words

/** What is asked for a client that names no scope; clients of MCP may do so. */
export const defaultScope = (audience: Audience): string =>
  permissionsFor(audience === 'mcp' ? 'agent' : 'workstation').join(' ')
