/**
 * Owns the permissions a credential can hold: the one registry behind checks, OAuth scopes, the approval page, OpenAPI,
 * MCP and docs. A permission's name is its OAuth scope.
 */
import type { UseCase } from './permissions/use-cases.ts'

/** What a permission covers: operations require rules, and a layer must cover each of them. */
export interface Rule {
  readonly resource: string
  readonly action: string
}

/** Keys of `tunnels` in a leaf of a resource boundary. */
export const TUNNEL_ACTIONS = ['create', 'connect', 'list', 'cut'] as const
export type TunnelAction = (typeof TUNNEL_ACTIONS)[number]

/** One permission. */
export interface PermissionRow {
  /** A sentence for the person who approves. */
  readonly words: string
  readonly rules: readonly Rule[]
  /** The key of `tunnels` in a resource boundary that bounds it further. */
  readonly scope?: TunnelAction
  readonly useCases: readonly UseCase[]
}

const rules = (resource: string, ...actions: readonly string[]): readonly Rule[] =>
  actions.map((action) => ({ resource, action }))

/** The table; docs/reference/permissions.md is generated from it. */
export const PERMISSIONS = {
  // tunnels: the engine
  'tunnels.list': {
    words: 'See and watch tunnels and clients of the project.',
    rules: [...rules('engine.tunnels', 'list'), ...rules('engine.clients', 'list')],
    scope: 'list',
    useCases: ['workstation', 'watch', 'dial', 'operate'],
  },
  'tunnels.create': {
    words: 'Host tunnels: publish or register private ones.',
    rules: rules('engine.tunnels', 'create'),
    scope: 'create',
    useCases: ['workstation', 'publish'],
  },
  'tunnels.connect': {
    words: 'Dial private tunnels, and pass --token-auth of published ones.',
    rules: rules('engine.tunnels', 'connect'),
    scope: 'connect',
    useCases: ['workstation', 'dial'],
  },
  'tunnels.cut': {
    words: 'Cut tunnels and clients.',
    rules: [...rules('engine.tunnels', 'cut'), ...rules('engine.clients', 'cut')],
    scope: 'cut',
    useCases: ['operate'],
  },
  'tokens.create': {
    words: 'Mint narrower, shorter-lived credentials.',
    rules: rules('engine.tokens', 'create'),
    useCases: ['delegate'],
  },
  // people and projects: the control API
  'workspaces.read': {
    words: 'See the workspaces you belong to.',
    rules: rules('control.workspaces', 'read'),
    useCases: ['workstation', 'projects', 'people'],
  },
  'members.read': {
    words: 'See who belongs to a workspace, and their roles.',
    rules: rules('control.members', 'read'),
    useCases: ['people'],
  },
  'members.manage': {
    words: 'Invite and remove people of a workspace, and change their roles.',
    rules: rules('control.members', 'read', 'create', 'update', 'delete'),
    useCases: ['people'],
  },
  'projects.read': {
    words: 'See projects and their addresses.',
    rules: rules('control.projects', 'read'),
    useCases: ['workstation', 'projects', 'watch'],
  },
  'projects.create': {
    words: 'Create projects; a plan that costs money still needs a person to pay.',
    rules: [...rules('control.projects', 'create'), ...rules('control.checkouts', 'create', 'read')],
    useCases: ['projects'],
  },
  'checkouts.manage': {
    words: 'Say that a plan was paid for, in place of a payment.',
    rules: rules('control.checkouts', 'read', 'update'),
    useCases: ['people'],
  },
  'projects.manage': {
    words: 'Rename and delete projects.',
    rules: rules('control.projects', 'read', 'update', 'delete'),
    useCases: ['projects'],
  },
  'settings.read': {
    words: 'See the settings of projects.',
    rules: rules('control.settings', 'read'),
    useCases: ['projects'],
  },
  'settings.manage': {
    words: 'Change and reset the settings of projects.',
    rules: rules('control.settings', 'read', 'update', 'delete'),
    useCases: ['projects'],
  },
  'logs.read': {
    words: 'Read request and lifecycle logs of projects.',
    rules: rules('control.logs', 'read'),
    useCases: ['observe'],
  },
  'usage.read': {
    words: 'See what projects used.',
    rules: rules('control.usage', 'read'),
    useCases: ['observe'],
  },
  'audit.read': {
    words: 'Read who did what in a workspace.',
    rules: rules('control.audit', 'read'),
    useCases: ['observe'],
  },
  'tokens.manage': {
    words: 'List, make and revoke long-lived credentials of projects.',
    rules: rules('control.tokens', 'read', 'create', 'update', 'delete'),
    useCases: ['delegate'],
  },
  'domains.read': {
    words: 'See custom and reserved names of projects.',
    rules: rules('control.domains', 'read'),
    useCases: ['projects'],
  },
  'domains.manage': {
    words: 'Reserve and release names of projects.',
    rules: rules('control.domains', 'read', 'create', 'delete'),
    useCases: ['projects'],
  },
  'turn.create': {
    words: 'Get short-lived credentials for the TURN server.',
    rules: rules('control.turn', 'create'),
    useCases: ['calls'],
  },
  mcp: {
    words: 'Use the tools of the hosted MCP endpoint; each still needs its own permission.',
    rules: rules('control.mcp', 'call'),
    useCases: ['agent'],
  },
} as const satisfies Record<string, PermissionRow>

export type Permission = keyof typeof PERMISSIONS

/** All permissions, in table order. */
export const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as Permission[]

/** The row of a permission, typed as every row is. */
export const permissionRow = (permission: Permission): PermissionRow => PERMISSIONS[permission]
