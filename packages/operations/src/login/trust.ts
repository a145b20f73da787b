/** Owns deciding whose certificates a login trusts: the system's authorities, a file, or one whose fingerprint was confirmed. */
import { AppError } from '@towline/protocol'
import { presentedCertificates } from '@towline/sdk'
import { type ServerAddress, withOauthServer } from './oauth-server.ts'

export interface TrustRequest {
  readonly url: string
  /** PEM that was given or is stored. */
  readonly ca?: string | undefined
  /** SHA-256 of an authority that the person has compared: 64 hexadecimal digits, colons and case do not count. */
  readonly fingerprint?: string | undefined
  /** Asks the person to compare; absent when nobody can be asked. */
  readonly confirm?:
    | ((authority: { readonly subject: string; readonly fingerprint: string }) => Promise<boolean>)
    | undefined
  readonly env: ServerAddress['env']
  readonly signal?: AbortSignal | undefined
}

/**
 * PEM to pin, or undefined when the system's authorities vouch for the server. An authority that is captured must be
 * confirmed by its fingerprint; the connection is then verified by it like any other, host name included. Rejects with
 * CA_UNKNOWN, SERVER_UNTRUSTED, SERVER_UNREACHABLE or NOT_TOWLINE.
 */
export const settleTrust = async (request: TrustRequest): Promise<string | undefined> => {
  const { url, ca, fingerprint, env, signal } = request
  if (fingerprint !== undefined) return await captured(request, digits(fingerprint))
  try {
    await withOauthServer({ url, ca, env }, async () => undefined, signal)
    return ca
  } catch (error) {
    // A CA that was given or pinned and does not fit is never replaced by what the server happens to present.
    if (ca !== undefined || !isUnknownAuthority(error)) throw error
    return await captured(request)
  }
}

const captured = async ({ url, confirm, env, signal }: TrustRequest, wanted?: string): Promise<string> => {
  const chain = await presentedCertificates({ url, ...(env && { env }) }, signal)
  const root = chain.find((one) => one.root)
  if (!root)
    throw new AppError('SERVER_UNTRUSTED', { url, problem: 'it does not present its authority; give --ca-file' })
  const { fingerprint, subject, pem } = root
  const same = wanted === undefined ? await confirm?.({ subject, fingerprint }) : digits(fingerprint) === wanted
  if (same !== true) throw new AppError('CA_UNKNOWN', { url, fingerprint })
  await withOauthServer({ url, ca: pem, env }, async () => undefined, signal)
  return pem
}

/** Throws OPTION_INVALID. */
const digits = (fingerprint: string): string => {
  const bare = fingerprint
    .replace(/^sha-?256:/i, '')
    .replaceAll(':', '')
    .toUpperCase()
  if (/^[0-9A-F]{64}$/.test(bare)) return bare
  const problem = 'it is a SHA-256 of 64 hexadecimal digits'
  throw new AppError('OPTION_INVALID', { option: '--ca-fingerprint', value: fingerprint.slice(0, 128), problem })
}

const UNKNOWN: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
])

/** Not an expired certificate, nor one for another host: those are wrong whoever signed them. */
const isUnknownAuthority = (error: unknown): boolean =>
  error instanceof AppError &&
  error.code === 'SERVER_UNTRUSTED' &&
  UNKNOWN.has(String((error.cause as NodeJS.ErrnoException | undefined)?.code))
