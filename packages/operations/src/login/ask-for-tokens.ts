/** Owns one question whether a person has approved a login (RFC 8628 §3.4). */
import { AppError, type Permission } from '@towline/protocol'
import type { DeviceAuthorizationResponse, TokenEndpointResponse } from 'openid-client'
import type { OauthServer } from './oauth-server.ts'

/** What a person allowed. */
export interface Got {
  readonly issuer: string
  readonly tokens: TokenEndpointResponse
  readonly permissions: readonly string[]
}

export interface Asked {
  readonly device: DeviceAuthorizationResponse
  readonly permissions: readonly Permission[]
}

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** Errors that mean that the person has not decided yet (RFC 8628 §3.5). */
const NOT_YET: Readonly<Record<string, 'pending' | 'slower'>> = {
  authorization_pending: 'pending',
  slow_down: 'slower',
}

/** Rejects with LOGIN_REFUSED, LOGIN_EXPIRED, NOT_TOWLINE, or with what is worth another try. */
export const askForTokens = async (
  server: OauthServer,
  { device, permissions }: Asked,
): Promise<Got | 'pending' | 'slower'> => {
  try {
    const answer = await server.run(async ({ oauth, config }) => {
      try {
        return await oauth.genericGrantRequest(config, GRANT, { device_code: device.device_code })
      } catch (error) {
        return notYet(error)
      }
    })
    if (typeof answer === 'string') return answer
    const scope = answer.scope ?? permissions.join(' ')
    return { issuer: server.issuer, tokens: answer, permissions: scope.split(' ').filter((word) => word !== '') }
  } catch (error) {
    if (isUnknownCode(error)) throw new AppError('LOGIN_EXPIRED', {}, { cause: error })
    throw error
  }
}

const notYet = (error: unknown): 'pending' | 'slower' => {
  const { error: code } = error as { readonly error?: unknown }
  const answer = typeof code === 'string' && Object.hasOwn(NOT_YET, code) ? NOT_YET[code] : undefined
  if (answer) return answer
  throw error
}

/** A code that was forgotten after its end is answered as one that never was. */
const isUnknownCode = (error: unknown): boolean => error instanceof AppError && error.code === 'UNAUTHENTICATED'
