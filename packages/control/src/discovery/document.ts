/** Owns what discovery serves: exact bytes with their type, and the tag by which a reader asks whether they changed. */
import { createHash } from 'node:crypto'

/** A document whose bytes are fixed until the server changes. */
export interface SiteDocument {
  readonly body: Buffer
  readonly type: string
  /** Strong (RFC 9110 §8.8.3): of these bytes only. */
  readonly etag: string
  readonly headers: Readonly<Record<string, string>>
}

export const documentOf = (
  body: string,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): SiteDocument => {
  const bytes = Buffer.from(body)
  return { body: bytes, type, etag: `"${sha256(bytes).slice(0, 32)}"`, headers }
}

/** JSON for machines that people also read. */
export const jsonDocument = (
  value: unknown,
  type = 'application/json',
  headers: Readonly<Record<string, string>> = {},
): SiteDocument => documentOf(`${JSON.stringify(value, null, 2)}\n`, type, headers)

/** Lower-case hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
