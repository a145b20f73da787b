/** Owns which permissions each role in a workspace gives; what a role does not give no credential of its member has. */
import { ALL_PERMISSIONS, type Permission } from '../permissions.ts'

/** From the most powerful down. Only an owner may name or remove owners; that is a matter of roles, not of permissions. */
export const ROLES = ['owner', 'admin', 'member', 'viewer'] as const
export type Role = (typeof ROLES)[number]

const READ: readonly Permission[] = [
  ...(['tunnels.list', 'workspaces.read', 'members.read', 'projects.read', 'settings.read'] as const),
  ...(['logs.read', 'usage.read', 'domains.read', 'mcp'] as const),
]

const WORK: readonly Permission[] = [
  ...READ,
  ...(['tunnels.create', 'tunnels.connect', 'tunnels.cut', 'tokens.create', 'turn.create'] as const),
]

const GIVEN: Readonly<Record<Role, readonly Permission[]>> = {
  owner: ALL_PERMISSIONS,
  admin: ALL_PERMISSIONS,
  member: WORK,
  viewer: READ,
}

/** In table order. */
export const permissionsOfRole = (role: Role): readonly Permission[] =>
  ALL_PERMISSIONS.filter((permission) => GIVEN[role].includes(permission))
