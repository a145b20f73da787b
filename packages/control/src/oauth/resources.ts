/** Owns the protected resources (RFC 8707, RFC 9728): their identifiers, and which tokens each takes. */
import { AUDIENCES, type Audience } from '@towline/protocol'

/** Whose tokens a resource takes besides its own. MCP takes only those that were asked for it, as its specification says. */
const TAKES: Readonly<Record<Audience, readonly Audience[]>> = {
  root: ['root'],
  api: ['api', 'root'],
  engine: ['engine', 'api', 'root'],
  mcp: ['mcp'],
}

const NAMES = Object.keys(AUDIENCES) as Audience[]

/** The identifier of a resource, byte for byte. */
export const resourceUrl = (publicUrl: string, audience: Audience): string => `${publicUrl}${AUDIENCES[audience]}`

/** The resource of an identifier; one trailing slash of the root is forgiven, as URL parsers add it. */
export const findAudience = (publicUrl: string, resource: string): Audience | undefined => {
  const bare = resource === `${publicUrl}/` ? publicUrl : resource
  return NAMES.find((name) => resourceUrl(publicUrl, name) === bare)
}

/** Whose tokens are good at `audience`. */
export const takesOf = (audience: Audience): readonly Audience[] => TAKES[audience]
