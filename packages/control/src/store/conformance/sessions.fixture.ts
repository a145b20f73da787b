/** Owns that better-auth finds its tables as it wants them, and keeps people's sessions in them. */
import { passkey } from '@better-auth/passkey'
import { randomText } from '@towline/base'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { deleteExpiredSignIns } from '../../accounts/delete-expired.ts'
import type { Db } from './world.fixture.ts'

const ORIGIN = 'http://localhost:1'

export const sessions = (db: Db): void => {
  /** By how it names a boolean's type, as only one of the two has a schema for settings. */
  const type = async (): Promise<'sqlite' | 'postgres'> => {
    const postgres = sql`select current_schema()`.execute(db())
    return postgres.then(
      () => 'postgres',
      () => 'sqlite',
    )
  }
  const options = async () => ({
    baseURL: ORIGIN,
    secret: randomText(40),
    database: { db: db(), type: await type() },
    // It warns that SQLite calls a time otherwise than it would.
    logger: { disabled: true },
    telemetry: { enabled: false },
    emailAndPassword: { enabled: true },
    user: { modelName: 'auth_user' },
    session: { modelName: 'auth_session' },
    account: { modelName: 'auth_account' },
    verification: { modelName: 'auth_verification' },
    plugins: [passkey({ rpID: 'localhost', origin: ORIGIN, schema: { passkey: { modelName: 'auth_passkey' } } })],
  })

  describe('sessions', () => {
    it('has every table and column that better-auth 1.7.5 wants', async () => {
      const { toBeCreated, toBeAdded } = await getMigrations(await options())
      expect({ toBeCreated, toBeAdded }).toEqual({ toBeCreated: [], toBeAdded: [] })
    })

    it('signs a person up and in, and reads and ends the session', async () => {
      const auth = betterAuth(await options())
      const body = { email: `${randomText(8)}@example.com`, password: 'correct horse battery', name: 'Someone' }
      const { user } = await auth.api.signUpEmail({ body })
      expect(user).toMatchObject({ email: body.email, emailVerified: false })
      expect(user.createdAt).toBeInstanceOf(Date)
      const answer = await auth.api.signInEmail({ body, asResponse: true })
      const headers = new Headers({ cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '', origin: ORIGIN })
      const found = await auth.api.getSession({ headers })
      expect([found?.user.id, found?.user.emailVerified]).toEqual([user.id, false])
      expect(found?.session.expiresAt).toBeInstanceOf(Date)
      await auth.api.signOut({ headers })
      expect(await auth.api.getSession({ headers })).toBeNull()
    })

    it('forgets sessions and challenges that are over, and no others', async () => {
      const auth = betterAuth(await options())
      const body = { email: `${randomText(8)}@example.com`, password: 'correct horse battery', name: 'Someone' }
      const { user } = await auth.api.signUpEmail({ body })
      await auth.api.generatePasskeyAuthenticationOptions({ headers: new Headers() })
      const left = async (seconds: number) => {
        await deleteExpiredSignIns(db(), Math.floor(Date.now() / 1000) + seconds)
        const sessions = sql<{ id: string }>`select id from auth_session where "userId" = ${user.id}`
        const challenges = sql<{ id: string }>`select id from auth_verification`
        return [(await sessions.execute(db())).rows.length > 0, (await challenges.execute(db())).rows.length > 0]
      }
      expect([await left(0), await left(3600), await left(3600 * 24 * 30)]).toEqual([
        ...[
          [true, true],
          [true, false],
          [false, false],
        ],
      ])
    })
  })
}
