/** Owns people's sessions: better-auth over the same database, and nothing of it but sessions, passwords, passkeys and sign-in by OIDC. */
import { newId, randomText } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import type { BetterAuthOptions } from 'better-auth'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import { findUser, findUserByEmail } from '../user/user-store.ts'
import { ADDRESS_FIELD } from './address-field.ts'
import { hashedSessions } from './hashed-sessions.ts'
import { hasPasskeys } from './passkeys.ts'

/** An OpenID Connect provider that people may sign in with. */
export interface SignInProvider {
  readonly id: string
  /** On the button. */
  readonly name: string
  readonly discoveryUrl: string
  readonly clientId: string
  readonly clientSecret: string
}

export interface AuthOptions {
  readonly db: Kysely<Tables>
  readonly dialect: 'sqlite' | 'postgres'
  readonly publicUrl: string
  readonly secret: string
  readonly limits: Limits
  readonly providers: readonly SignInProvider[]
  /** A provider did not answer when the library was loaded; loading it again may find it. */
  readonly onMissing?: () => void
}

/** Who is signed in. */
export interface SignedIn {
  readonly userId: string
  readonly email: string
  readonly name: string
  /** Of the session, so that it can be told apart in a list. */
  readonly sessionId: string
}

export interface BrowserSession {
  readonly id: string
  readonly createdAt: number
  readonly address: string
  readonly agent: string
}

/** What we use of better-auth. */
export interface Auth {
  /** Answers its own paths. */
  handle(request: Request): Promise<Response>
  /** Undefined without a good session, and for a person who is disabled. */
  signedIn(headers: Headers): Promise<SignedIn | undefined>
  /** The answer sets the cookie of a new session; undefined when the two do not fit. The session there was ends. */
  signIn(headers: Headers, person: { readonly email: string; readonly password: string }): Promise<Response | undefined>
  /** Where to go to sign in with a provider; the cookies that come with it belong to the attempt. Throws NOT_FOUND. */
  signInWith(
    headers: Headers,
    providerId: string,
    callbackUrl: string,
  ): Promise<{ readonly url: string; readonly headers: Headers }>
  /** The answer takes the cookie away. */
  signOut(headers: Headers): Promise<Response>
  sessions(headers: Headers): Promise<readonly BrowserSession[]>
  /** Answers whether the person of the headers had it. */
  endSession(headers: Headers, id: string): Promise<boolean>
  hashPassword(password: string): Promise<string>
  /** Gives a person who is in `users` a password, as a part of a transaction; one who had an account loses its sessions. */
  storePassword(
    step: Kysely<Tables>,
    person: { readonly id: string; readonly email: string; readonly name: string },
    hash: string,
  ): Promise<void>
}

/** Loads the library; about half a second, so only when somebody signs in. */
export const openAuth = async (options: AuthOptions): Promise<Auth> => {
  const auth = await make(options)
  return {
    handle: (request) => auth.handler(request),
    signedIn: async (headers) => {
      const found = await auth.api.getSession({ headers })
      if (!found || !(await mayEnter(options.db, found.user.id))) return undefined
      const { id: userId, email, name } = found.user
      return { userId, email, name, sessionId: found.session.id }
    },
    signIn: async (headers, body) => {
      const before = await auth.api.getSession({ headers })
      const answer = await auth.api.signInEmail({ body, headers, asResponse: true })
      if (!answer.ok) return undefined
      const made = (await answer.clone().json()) as { readonly token: string; readonly user: { readonly id: string } }
      if (!(await mayEnter(options.db, made.user.id))) {
        await (await auth.$context).internalAdapter.deleteSession(made.token)
        return undefined
      }
      if (before) await auth.api.revokeSession({ headers, body: { token: before.session.token } })
      return answer
    },
    signInWith: (headers, providerId, callbackUrl) => begin(auth, { headers, providerId, callbackUrl, ...options }),
    signOut: (headers) => auth.api.signOut({ headers, asResponse: true }),
    sessions: async (headers) => (await auth.api.listSessions({ headers })).map(toSession),
    endSession: async (headers, id) => {
      const found = (await auth.api.listSessions({ headers })).find((one) => one.id === id)
      const { adapter } = await auth.$context
      if (found) await adapter.delete({ model: 'session', where: [{ field: 'id', value: id }] })
      return found !== undefined
    },
    hashPassword: async (password) => (await auth.$context).password.hash(password),
    storePassword: async (step, { id: userId, email, name }, hash) => {
      // The library holds on to one database, so the transaction gets an instance of its own; no provider is asked for that.
      const { internalAdapter: accounts } = await (await make({ ...options, db: step, providers: [] })).$context
      const known = await accounts.findUserById(userId)
      const method = { method: 'email-password' } as const
      if (!known) await accounts.createUser({ id: userId, email, name, emailVerified: true }, method)
      else await accounts.deleteUserSessions(userId)
      if (await accounts.findCredentialAccount(userId)) return accounts.updatePassword(userId, hash)
      await accounts.linkAccount({ userId, providerId: 'credential', accountId: userId, password: hash })
    },
  }
}

interface Begin {
  readonly headers: Headers
  readonly providerId: string
  readonly callbackUrl: string
  readonly publicUrl: string
  readonly onMissing?: () => void
}

/** The plugin is there only with providers, so its path is asked for like any other. */
const begin = async (
  auth: { handler(request: Request): Promise<Response> },
  { headers, providerId, callbackUrl, publicUrl, onMissing }: Begin,
) => {
  const asked = new Headers(headers)
  asked.set('content-type', 'application/json')
  asked.delete('content-length')
  const body = JSON.stringify({ provider: providerId, callbackURL: callbackUrl, errorCallbackURL: '/sign-in' })
  const answer = await auth.handler(
    new Request(`${publicUrl}/api/auth/sign-in/social`, { method: 'POST', headers: asked, body }),
  )
  if (!answer.ok) {
    onMissing?.()
    throw new AppError('NOT_FOUND', { what: 'sign-in provider', id: providerId.slice(0, 64) })
  }
  const { url } = (await answer.json()) as { readonly url: string }
  return { url, headers: answer.headers }
}

const make = async ({ db, dialect, publicUrl, secret, limits, providers }: AuthOptions) => {
  const [{ betterAuth }, { getAdapter }, { genericOAuth }, { passkey }] = await Promise.all([
    import('better-auth'),
    import('better-auth/db/adapter'),
    import('better-auth/plugins/generic-oauth'),
    import('@better-auth/passkey'),
  ])
  const { hostname, protocol } = new URL(publicUrl)
  const secure = protocol === 'https:'
  // The host name is shared with tunnels' names below it, which could set a cookie for it; `__Host-` keeps theirs out.
  const prefix = secure ? '__Host-towline' : 'towline'
  const cookie = (name: string) => ({ name: `${prefix}_${name}` })
  const options = {
    baseURL: publicUrl,
    basePath: '/api/auth',
    secret,
    telemetry: { enabled: false },
    logger: { disabled: true },
    trustedOrigins: [publicUrl],
    user: { modelName: 'auth_user' },
    // What is not the caller's fault comes out as an error of ours, not on standard error.
    onAPIError: { throw: true },
    session: { modelName: 'auth_session', expiresIn: limits.sessionSeconds, updateAge: 24 * 3600 },
    // Linked only by an address that the provider has verified: no provider is trusted beyond that.
    account: { modelName: 'auth_account', accountLinking: { enabled: true, trustedProviders: [] } },
    verification: { modelName: 'auth_verification' },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: limits.passwordCharsMin,
      maxPasswordLength: limits.passwordCharsMax,
    },
    // Ours counts by address and person, in front of it.
    rateLimit: { enabled: false },
    advanced: {
      // Its own prefix for cookies over TLS is weaker.
      useSecureCookies: false,
      cookiePrefix: prefix,
      defaultCookieAttributes: { path: '/', secure },
      ipAddress: { ipAddressHeaders: [ADDRESS_FIELD], ipv6Subnet: 64 },
      cookies: {
        session_token: cookie('session'),
        session_data: cookie('session_data'),
        dont_remember: cookie('dont_remember'),
      },
      database: { generateId: ({ model }) => (model === 'user' ? newId('usr') : randomText(24)) },
    },
    databaseHooks: { user: { create: { before: async (user) => invited(db, user) } } },
    plugins: [
      // A passkey belongs to a host name; an address has none.
      ...(hasPasskeys(publicUrl)
        ? [
            passkey({
              rpID: hostname,
              rpName: 'Towline',
              origin: publicUrl,
              schema: { passkey: { modelName: 'auth_passkey' } },
            }),
          ]
        : []),
      ...(providers.length > 0 ? [genericOAuth({ config: providers.map(toGeneric) })] : []),
    ],
  } satisfies BetterAuthOptions
  const inner = await getAdapter({ ...options, database: { db, type: dialect } })
  return betterAuth({ ...options, database: () => hashedSessions(inner) })
}

const toGeneric = ({ id, discoveryUrl, clientId, clientSecret }: SignInProvider) => ({
  providerId: id,
  discoveryUrl,
  clientId,
  clientSecret,
  scopes: ['openid', 'email', 'profile'],
  pkce: true,
})

/**
 * Only people who were let in before get an account, under the id they have already. Whoever may write any address into
 * their profile at a provider would become that person here, so it must be verified.
 */
const invited = async <T extends { readonly email: string; readonly emailVerified: boolean }>(
  db: Kysely<Tables>,
  user: T,
) => {
  if (!user.emailVerified) return false
  const found = await findUserByEmail(db, user.email)
  return !found || found.disabledAt !== undefined ? false : { data: { ...user, id: found.id } }
}

const mayEnter = async (db: Kysely<Tables>, id: string): Promise<boolean> => {
  const found = await findUser(db, id)
  return found !== undefined && found.disabledAt === undefined
}

const toSession = (one: {
  readonly id: string
  readonly createdAt: Date
  readonly ipAddress?: string | null | undefined
  readonly userAgent?: string | null | undefined
}): BrowserSession => ({
  id: one.id,
  createdAt: Math.floor(new Date(one.createdAt).getTime() / 1000),
  address: one.ipAddress ?? '',
  agent: one.userAgent ?? '',
})
