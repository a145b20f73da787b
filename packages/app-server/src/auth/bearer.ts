/** Owns who may open a WebSocket: what the Authorization header must hold, and the words of each refusal, which stock clients show. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { LIMITS } from '@towline/protocol'
import type { Secret } from '@towline/base'
import { z } from 'zod'

/** What is wrong with a token; undefined for one that is good. */
export type BearerRule = (token: string) => string | undefined

const HEADER = /^Bearer +(\S+)$/i

/** The body of a 401; undefined for who may come in. */
export const refusalOf = (header: string | undefined, rule: BearerRule): string | undefined => {
  if (header === undefined) return 'missing websocket bearer token'
  const token = header.length > LIMITS.appServerTokenBytes ? undefined : HEADER.exec(header.trim())?.[1]
  return token === undefined ? 'invalid authorization header' : rule(token)
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/** One token, known by its SHA-256. */
export const capabilityToken =
  (digest: Uint8Array): BearerRule =>
  (token) =>
    timingSafeEqual(sha256(token), digest) ? undefined : 'invalid websocket bearer token'

export const digestOf = (token: Secret): Uint8Array => sha256(token.reveal())

export interface SignedTokens {
  readonly secret: Secret
  /** Checked when they are given. */
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly skewSeconds: number
  /** Unix ms. */
  readonly now?: () => number
}

const INVALID = 'invalid websocket jwt'
const SECONDS = z.int()
const HEAD = z.looseObject({ alg: z.literal('HS256'), crit: z.undefined().optional() })
const CLAIMS = z.looseObject({
  exp: SECONDS,
  nbf: SECONDS.nullish(),
  iss: z.string().nullish(),
  aud: z.union([z.string(), z.array(z.string())]).nullish(),
})
type Claims = z.infer<typeof CLAIMS>

/** Tokens of HS256 (RFC 7515, RFC 7519): nothing in a token chooses how it is checked. */
export const signedTokens =
  (options: SignedTokens): BearerRule =>
  (token) => {
    const claims = claimsOf(token, options.secret)
    return claims === undefined ? INVALID : wrongWith(claims, options)
  }

const claimsOf = (token: string, secret: Secret): Claims | undefined => {
  const [head, body, signature, ...rest] = token.split('.')
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0) return undefined
  const right = createHmac('sha256', secret.reveal()).update(`${head}.${body}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
  return HEAD.safeParse(jsonOf(head)).success ? CLAIMS.safeParse(jsonOf(body)).data : undefined
}

const jsonOf = (part: string): unknown => {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    return undefined
  }
}

const wrongWith = ({ exp, nbf, iss, aud }: Claims, options: SignedTokens): string | undefined => {
  const { issuer, audience, skewSeconds, now = Date.now } = options
  const at = Math.floor(now() / 1000)
  if (at > exp + skewSeconds) return 'expired websocket jwt'
  if (nbf !== null && nbf !== undefined && at < nbf - skewSeconds) return 'websocket jwt is not valid yet'
  if (issuer !== undefined && iss !== issuer) return 'websocket jwt issuer mismatch'
  if (audience !== undefined && ![aud ?? []].flat().includes(audience)) return 'websocket jwt audience mismatch'
  return undefined
}
