/** Owns the permissions a credential can hold; middleware, OpenAPI and docs follow this table. */

/** What each permission lets its holder do. */
export const PERMISSIONS = {
  'tunnels.list': 'See and watch tunnels and clients of the project.',
  'tunnels.create': 'Host tunnels: publish or register private ones.',
  'tunnels.connect': 'Dial private tunnels, and pass --token-auth of published ones.',
  'tunnels.cut': 'Cut tunnels and clients.',
  'tokens.create': 'Mint narrower, shorter-lived credentials.',
} as const

export type Permission = keyof typeof PERMISSIONS

/** All permissions, in table order. */
export const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as Permission[]
