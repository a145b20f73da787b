/** Owns digest fields (RFC 9530): reading, writing and checking them. */
import { createHash, type Hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '@towline/protocol'

/** The strongest that both sides are sure to have. */
const ALGORITHM = 'sha-256'
const BASE64 = /^[A-Za-z0-9+/]{43}=$/

export const newHash = (): Hash => createHash('sha256')

/** Such as `sha-256=:…:`. */
export const digestField = (digest: string): string => `${ALGORITHM}=:${digest}:`

/** The sha-256 of a digest field, base64. Throws REQUEST_INVALID when it has none that can be read. */
export const parseDigest = (field: string): string => {
  const member = field
    .split(',')
    .map((part) => part.trim())
    .find((part) => part.toLowerCase().startsWith(`${ALGORITHM}=`))
  const digest = member?.slice(ALGORITHM.length + 1).replace(/^:(.*):$/, '$1')
  if (digest !== undefined && BASE64.test(digest)) return digest
  throw new AppError('REQUEST_INVALID', { problem: `a digest is given as ${ALGORITHM}=:base64:.` })
}

/** What the body must be, by either field: without a content coding they say the same. */
export const digestOf = (headers: IncomingHttpHeaders): string | undefined => {
  const field = headers['repr-digest'] ?? headers['content-digest']
  return field === undefined ? undefined : parseDigest(String(field))
}

/** Whether the peer asks for our digest, by Want-Repr-Digest with a weight above 0. */
export const wantsDigest = (headers: IncomingHttpHeaders): boolean =>
  /(^|,)\s*sha-256=(?!0\b)\d+/i.test(String(headers['want-repr-digest'] ?? ''))

/** Throws FILE_DIGEST_MISMATCH. */
export const checkDigest = (expected: string | undefined, actual: string): void => {
  if (expected !== undefined && expected !== actual) throw new AppError('FILE_DIGEST_MISMATCH')
}
