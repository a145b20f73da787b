/** Owns what documents tell of the OAuth server: its resources (RFC 9728), byte for byte. */
import { ALL_PERMISSIONS, AUDIENCES, type Audience, type Permission, permissionRow } from '@towline/protocol'
import type { SiteOauth } from '../discovery/site.ts'
import { ROUTES } from './configuration.ts'

const NAMES: Readonly<Record<Audience, string>> = {
  root: 'Towline',
  api: 'Towline control API',
  engine: 'Towline engine API',
  mcp: 'Towline MCP',
}

/** The start of the rules that count at a resource; every rule counts where none is named. */
const OF_USE: Readonly<Partial<Record<Audience, RegExp>>> = { engine: /^engine\./, mcp: /^(control\.|engine\.tokens$)/ }

/** The permissions that are of use at a resource: their rules name its operations. */
const scopesAt = (audience: Audience): readonly Permission[] =>
  ALL_PERMISSIONS.filter((name) =>
    permissionRow(name).rules.some(({ resource }) => OF_USE[audience]?.test(resource) ?? true),
  )

export const oauthDescription = (publicUrl: string): SiteOauth => ({
  issuer: () => publicUrl,
  jwksPath: ROUTES.jwks,
  resources: (Object.keys(AUDIENCES) as Audience[]).map((audience) => ({
    path: AUDIENCES[audience],
    name: NAMES[audience],
    scopes: scopesAt(audience),
  })),
})
