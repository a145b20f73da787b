/** Owns ending a login at its server: the refresh token first, which ends all of it, then the access token. */
import { AppError } from '@towline/protocol'
import type { Env } from '../context/home.ts'
import type { LoginContext } from './login-token.ts'
import { withOauthServer } from './oauth-server.ts'

/** Resolves when the server has ended it, or never knew it. Rejects with why the server was not told. */
export const endLogin = (
  env: Env,
  { name, url, ca, token, login }: LoginContext,
  signal?: AbortSignal,
): Promise<void> =>
  withOauthServer(
    { url, ca, env },
    async ({ oauth, config, issuer }) => {
      if (issuer !== login.issuer) throw new AppError('LOGIN_ENDED', { context: name, url })
      await oauth.tokenRevocation(config, login.refreshToken, { token_type_hint: 'refresh_token' })
      await oauth.tokenRevocation(config, token, { token_type_hint: 'access_token' })
    },
    signal,
  )
