/** Owns the rows about credentials: who issues them, how an agent is told, and how it asks. */
import { type Json, jsonOf, listOf, shownOf, stringOf, typeOf } from '../read-answer.ts'
import { fail, type Finding, pass, skip, warn, worst } from '../report.ts'
import type { SiteReader } from '../site-reader.ts'
import { anchorsOf } from './catalog.ts'
import { endpointOf } from './mcp.ts'

const ROOT = '/.well-known/oauth-protected-resource'

/** The origin and every API, by the place where its metadata belongs (RFC 9728 §3.1). */
const resourcesOf = async (site: SiteReader): Promise<readonly (readonly [resource: string, path: string])[]> => {
  const endpoint = await endpointOf(site)
  const named = [...(await anchorsOf(site)), ...(endpoint === undefined ? [] : [endpoint])]
  const paths = [...new Set(named.map((url) => new URL(url, site.origin).pathname.replace(/\/$/, '')))]
  return ['', ...paths.filter((path) => path !== '')].map((path) => [`${site.origin}${path}`, `${ROOT}${path}`])
}

const issuersOf = (metadata: Json | undefined): readonly string[] =>
  listOf(metadata?.['authorization_servers'])
    .map(stringOf)
    .filter((issuer) => /^https?:/.test(issuer) && URL.canParse(issuer))

export const protectedResource = async (site: SiteReader): Promise<Finding> => {
  const [failures, missing]: [string[], string[]] = [[], []]
  const resources = await resourcesOf(site)
  for (const [resource, path] of resources) {
    const answer = await site.get(path)
    const metadata = jsonOf(answer)
    if (!metadata) missing.push(`${path} answers ${shownOf(answer)}`)
    else failures.push(...metadataFaults(metadata, resource))
  }
  if (missing.length === resources.length) return fail(missing[0] as string)
  return worst(failures, missing, `${resources.length} resources`)
}

/** Byte for byte; the origin alone may be written with its slash. */
const isAbout = ({ resource: said }: Json, resource: string): boolean =>
  said === resource || (new URL(resource).pathname === '/' && said === `${resource}/`)

const metadataFaults = (metadata: Json, resource: string): readonly string[] => [
  ...(isAbout(metadata, resource) ? [] : [`resource is "${stringOf(metadata['resource'])}", not ${resource}`]),
  ...(issuersOf(metadata).length > 0 ? [] : [`${resource} has no authorization server`]),
]

/** Metadata of an issuer, where OAuth (RFC 8414) or OpenID Connect has it. */
const serverMetadata = async (site: SiteReader, issuer: string): Promise<Json | undefined> => {
  const { origin, pathname } = new URL(issuer)
  const path = pathname === '/' ? '' : pathname
  const oauth = jsonOf(await site.get(`${origin}/.well-known/oauth-authorization-server${path}`))
  return oauth ?? jsonOf(await site.get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`))
}

const ISSUERS = 3

export const authorizationServer = async (site: SiteReader): Promise<Finding> => {
  const [failures, warnings]: [string[], string[]] = [[], []]
  const issuers = new Set<string>()
  for (const [, path] of await resourcesOf(site))
    for (const issuer of issuersOf(jsonOf(await site.get(path)))) issuers.add(issuer)
  if (issuers.size === 0) issuers.add(site.origin)
  for (const issuer of [...issuers].slice(0, ISSUERS)) {
    const metadata = await serverMetadata(site, issuer)
    if (!metadata) failures.push(`${issuer} has no metadata`)
    else {
      failures.push(...serverFaults(metadata, issuer))
      warnings.push(...serverGaps(metadata))
    }
  }
  return worst(failures, warnings, [...issuers].join(', '))
}

const serverFaults = (metadata: Json, issuer: string): readonly string[] => [
  ...(metadata['issuer'] === issuer ? [] : [`issuer is "${stringOf(metadata['issuer'])}", not ${issuer}`]),
  ...(URL.canParse(stringOf(metadata['token_endpoint'])) ? [] : ['there is no token_endpoint']),
  ...(Array.isArray(metadata['response_types_supported']) ? [] : ['there is no response_types_supported']),
  ...(listOf(metadata['code_challenge_methods_supported']).includes('S256') ? [] : ['PKCE with S256 is not supported']),
]

const serverGaps = (metadata: Json): readonly string[] => [
  ...(stringOf(metadata['device_authorization_endpoint']) === ''
    ? ['no device grant, which agents without a browser need']
    : []),
  ...(stringOf(metadata['registration_endpoint']) === '' && metadata['client_id_metadata_document_supported'] !== true
    ? ['no way for a new client to become known']
    : []),
  ...(stringOf(metadata['revocation_endpoint']) === '' ? ['no revocation'] : []),
]

export const authMd = async (site: SiteReader): Promise<Finding> => {
  const answer = await site.get('/auth.md')
  const there = answer.status === 200 && /^text\/(markdown|plain)$/.test(typeOf(answer))
  return there ? pass('/auth.md') : fail(`/auth.md answers ${shownOf(answer)}`)
}

/** Clients open an MCP endpoint by GET, and are to be told where to log in. */
export const challenge = async (site: SiteReader): Promise<Finding> => {
  const endpoint = await endpointOf(site)
  if (endpoint === undefined) return skip('no card names an endpoint of this site')
  const answer = await site.get(endpoint, { accept: 'text/event-stream' })
  if (answer.status !== 401)
    return warn(`${endpoint} answers ${shownOf(answer)} without a token, so no client is told to log in`)
  const named = /resource_metadata="([^"]+)"/.exec(answer.headers['www-authenticate'] ?? '')?.[1]
  if (named === undefined) return fail('the refusal has no resource_metadata')
  const metadata = jsonOf(await site.get(named))
  return metadata?.['resource'] === endpoint ? pass(named) : fail(`${named} is not about ${endpoint}`)
}
