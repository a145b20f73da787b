/** Owns /.well-known/oauth-protected-resource and below (RFC 9728): who issues tokens for which part of this server. */
import { jsonDocument, type SiteDocument } from '../document.ts'
import type { Site, SiteOauth, SiteResource } from '../site.ts'

const ROOT = '/.well-known/oauth-protected-resource'

/** A document for each resource; none without an authorization server. */
export const protectedResourceDocuments = (site: Site): ReadonlyMap<string, SiteDocument> => {
  const { oauth } = site
  if (!oauth) return new Map()
  return new Map(
    oauth.resources.map((resource) => [
      `${ROOT}${resource.path}`,
      jsonDocument(protectedResource(site, oauth, resource)),
    ]),
  )
}

/** `resource` is the identifier byte for byte; `offline_access` is no scope of a resource. */
const protectedResource = ({ publicUrl }: Site, oauth: SiteOauth, { path, name, scopes }: SiteResource): object => ({
  resource: `${publicUrl()}${path}`,
  authorization_servers: [oauth.issuer()],
  scopes_supported: scopes,
  bearer_methods_supported: ['header'],
  resource_name: name,
  resource_documentation: `${publicUrl()}/docs`,
  jwks_uri: `${oauth.issuer()}${oauth.jwksPath}`,
})
