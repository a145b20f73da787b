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

/** The permissions that are of use at a resource: their rules name its operations. */
const scopesAt = (audience: Audience): readonly Permission[] => {
  if (audience !== 'engine') return ALL_PERMISSIONS
  return ALL_PERMISSIONS.filter((name) =>
    permissionRow(name).rules.some(({ resource }) => resource.startsWith('engine.')),
  )
}

export const oauthDescription = (publicUrl: string): SiteOauth => ({
  issuer: () => publicUrl,
  jwksPath: ROUTES.jwks,
  resources: (Object.keys(AUDIENCES) as Audience[]).map((audience) => ({
    path: AUDIENCES[audience],
    name: NAMES[audience],
    scopes: scopesAt(audience),
  })),
})
