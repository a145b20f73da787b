/** Owns whether a page of a browser may reach a tunnel, by the Origin that its requests carry (RFC 6454 §7). */
import { NATIVE_SURFACES, type Tunnel } from '@towline/protocol'

/**
 * Services for native clients always have a rule, which lets no page in until it names one. The services themselves refuse
 * whatever has an Origin, so it goes no further than the edge.
 */
export const hasOriginRule = ({ kind, surface, allowOrigins }: Tunnel): boolean =>
  kind === 'http' && (allowOrigins !== undefined || NATIVE_SURFACES.has(surface))

/** Who sends none is no page. More than one is nobody's. */
export const isAllowedOrigin = (
  origin: string | readonly string[] | undefined,
  { allowOrigins = [] }: Tunnel,
): boolean => origin === undefined || (typeof origin === 'string' && allowOrigins.includes(origin))

/** As browsers serialize it: scheme, host, and a port that is not the scheme's own. `null` stands for many and is none. */
export const isOrigin = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.origin === text
}
