/** Owns what the flags about tokens say, in the words of stock Codex, so that its users know them. */
import { resolve } from 'node:path'
import { type BearerRule, capabilityToken, digestOf, signedTokens } from '@towline/app-server'
import { readPrivateFile, Secret } from '@towline/base'
import { AppError } from '@towline/protocol'

export interface WsAuthOptions {
  readonly wsAuth?: 'capability-token' | 'signed-bearer-token'
  readonly wsTokenFile?: string
  readonly wsTokenSha256?: string
  readonly wsSharedSecretFile?: string
  readonly wsIssuer?: string
  readonly wsAudience?: string
  /** Seconds. */
  readonly wsMaxClockSkewSeconds?: string
}

const SKEW_SECONDS = 30
const SECRET_BYTES = 32

/** Undefined without `--ws-auth`. Rejects with USAGE, and CONFIG_INVALID for a file that others may read. */
export const wsAuthRule = async (options: WsAuthOptions): Promise<BearerRule | undefined> => {
  const { wsAuth, wsTokenFile, wsTokenSha256, wsSharedSecretFile, wsIssuer, wsAudience, wsMaxClockSkewSeconds } =
    options
  const ofCapability = [wsTokenFile, wsTokenSha256].some(isGiven)
  const ofSigned = [wsSharedSecretFile, wsIssuer, wsAudience, wsMaxClockSkewSeconds].some(isGiven)
  if (wsAuth === undefined) {
    if (!ofCapability && !ofSigned) return undefined
    throw usage('websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`')
  }
  if (wsAuth === 'capability-token') {
    if (ofSigned)
      throw usage(
        '`--ws-shared-secret-file`, `--ws-issuer`, `--ws-audience`, and `--ws-max-clock-skew-seconds` require `--ws-auth signed-bearer-token`',
      )
    return capabilityToken(await digestFor(options))
  }
  if (ofCapability)
    throw usage(
      '`--ws-token-file` and `--ws-token-sha256` require `--ws-auth capability-token`, not `signed-bearer-token`',
    )
  return await signedRule(options)
}

const isGiven = (value: string | undefined): boolean => value !== undefined
const usage = (problem: string): AppError => new AppError('USAGE', { problem })

const digestFor = async ({ wsTokenFile, wsTokenSha256 }: WsAuthOptions): Promise<Uint8Array> => {
  if (wsTokenFile !== undefined && wsTokenSha256 !== undefined)
    throw usage('`--ws-token-file` and `--ws-token-sha256` are mutually exclusive')
  if (wsTokenFile !== undefined) return digestOf(await secretIn(wsTokenFile))
  if (wsTokenSha256 === undefined)
    throw usage('`--ws-token-file` or `--ws-token-sha256` is required when `--ws-auth capability-token` is set')
  if (!/^[0-9a-f]{64}$/i.test(wsTokenSha256)) throw usage('--ws-token-sha256 must be a 64-character hex SHA-256 digest')
  return Buffer.from(wsTokenSha256, 'hex')
}

const signedRule = async (options: WsAuthOptions): Promise<BearerRule> => {
  const { wsSharedSecretFile: file, wsIssuer: issuer, wsAudience: audience } = options
  if (file === undefined)
    throw usage('`--ws-shared-secret-file` is required when `--ws-auth signed-bearer-token` is set')
  const secret = await secretIn(file)
  if (Buffer.byteLength(secret.reveal()) < SECRET_BYTES)
    throw usage(`signed websocket bearer secret ${resolve(file)} must be at least ${SECRET_BYTES} bytes`)
  return signedTokens({ secret, issuer, audience, skewSeconds: skewOf(options) })
}

const skewOf = ({ wsMaxClockSkewSeconds: text }: WsAuthOptions): number => {
  if (text === undefined) return SKEW_SECONDS
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new AppError('OPTION_INVALID', {
    option: '--ws-max-clock-skew-seconds',
    value: text,
    problem: 'write whole seconds',
  })
}

const secretIn = async (file: string): Promise<Secret> => {
  const path = resolve(file)
  const text = await readPrivateFile(path)
  if (text === undefined)
    throw usage(`failed to read websocket auth secret ${path}: No such file or directory (os error 2)`)
  if (text.trim() === '') throw usage(`websocket auth secret ${path} must not be empty`)
  return new Secret(text.trim())
}
