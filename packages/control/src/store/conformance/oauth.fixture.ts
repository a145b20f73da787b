/** Owns what stores must do as the adapter of oidc-provider, and that nothing in them opens a door. */
import { randomText } from '@towline/base'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { deleteExpiredOauth, oauthAdapter, type OauthPayload } from '../../oauth/record-store.ts'
import { type Db, NOW, refused } from './world.fixture.ts'

export const oauth = (db: Db): void => {
  const clock = { now: NOW }
  const adapter = (model: string) => oauthAdapter(db(), () => clock.now)(model)
  const rows = () => db().selectFrom('oauth_records').selectAll().execute()
  const id = () => randomText(43)

  describe('oauth records', () => {
    it('finds nothing that is unknown, expired, destroyed or of another model', async () => {
      const one = id()
      await adapter('AccessToken').upsert(one, { jti: one }, 10)
      expect(await adapter('AccessToken').find('unknown')).toBeUndefined()
      expect(await adapter('RefreshToken').find(one)).toBeUndefined()
      expect(await adapter('Session').findByUid('unknown')).toBeUndefined()
      expect(await adapter('DeviceCode').findByUserCode('unknown')).toBeUndefined()
      clock.now += 10
      expect(await adapter('AccessToken').find(one)).toBeUndefined()
      clock.now = NOW
      expect(await adapter('AccessToken').find(one)).toEqual({ jti: one })
      await adapter('AccessToken').destroy(one)
      expect(await adapter('AccessToken').find(one)).toBeUndefined()
      await adapter('AccessToken').destroy(one)
    })

    it('finds what was kept, and the newest of it', async () => {
      const one = id()
      const payload = { jti: one, kind: 'AccessToken', scope: 'a b', extra: { ü: [1, null, { x: 'y' }] } }
      await adapter('AccessToken').upsert(one, payload, 60)
      expect(await adapter('AccessToken').find(one)).toEqual(payload)
      await adapter('AccessToken').upsert(one, { ...payload, scope: 'a' }, 60)
      expect(await adapter('AccessToken').find(one)).toEqual({ ...payload, scope: 'a' })
      const client = { client_id: one, redirect_uris: ['http://127.0.0.1/cb'] }
      await adapter('Client').upsert(one, client)
      clock.now += 1e9
      expect(await adapter('Client').find(one), 'a record without an end').toEqual(client)
      clock.now = NOW
    })

    it('lets a code be used once, also when two use it at once', async () => {
      const one = id()
      await adapter('AuthorizationCode').upsert(one, { jti: one }, 60)
      const both = [1, 2].map(() => refused(adapter('AuthorizationCode').consume(one)))
      expect((await Promise.all(both)).toSorted()).toEqual(['REQUEST_INVALID', 'nothing was refused'])
      expect(await adapter('AuthorizationCode').find(one)).toEqual({ jti: one, consumed: NOW })
    })

    it('ends the codes and tokens of a grant, not what only names it', async () => {
      const [grantId, other] = [id(), id()]
      const models = ['AccessToken', 'AuthorizationCode', 'DeviceCode', 'RefreshToken']
      const payload = { jti: grantId, grantId }
      for (const model of [...models, 'Interaction']) await adapter(model).upsert(grantId, payload, 60)
      await adapter('AccessToken').upsert(other, { jti: other, grantId: other }, 60)
      await adapter('AccessToken').revokeByGrantId(grantId)
      expect(await Promise.all(models.map((model) => adapter(model).find(grantId)))).toEqual(
        models.map(() => undefined),
      )
      expect(await adapter('Interaction').find(grantId)).toEqual(payload)
      expect(await adapter('AccessToken').find(other)).toBeDefined()
    })

    it('finds a device code by its user code, and the provider goes on with what it was told', async () => {
      const [device, userCode] = [id(), randomText(8).toUpperCase()]
      const codes = adapter('DeviceCode')
      await codes.upsert(device, { jti: device, userCode, clientId: 'cli' }, 60)
      const found = (await codes.findByUserCode(userCode)) as OauthPayload & { jti: string }
      expect(found).toEqual({ jti: found.jti, userCode, clientId: 'cli' })
      await codes.upsert(found.jti, { ...found, inFlight: true }, 60)
      await adapter('Interaction').upsert('uid', { jti: 'uid', deviceCode: found.jti }, 60)
      const { deviceCode } = (await adapter('Interaction').find('uid')) as { deviceCode: string }
      const approved = (await codes.find(deviceCode)) as OauthPayload
      expect(approved).toEqual({ jti: deviceCode, clientId: 'cli', inFlight: true })
      await codes.upsert(deviceCode, { ...approved, accountId: 'usr_1' }, 60)
      expect(await codes.find(device)).toEqual({ jti: device, clientId: 'cli', inFlight: true, accountId: 'usr_1' })
      expect(await codes.findByUserCode(userCode), 'the user code is still known').toBeDefined()
      await codes.consume(deviceCode)
      expect(await codes.find(device)).toMatchObject({ consumed: NOW })
      await codes.destroy(deviceCode)
      expect(await codes.find(device)).toBeUndefined()
    })

    it('finds a session by its uid, and the newest id of it', async () => {
      const [first, second, uid] = [id(), id(), id()]
      const sessions = adapter('Session')
      await sessions.upsert(first, { jti: first, uid, accountId: 'usr_1' }, 60)
      const { jti } = (await sessions.findByUid(uid)) as { jti: string }
      await sessions.upsert(jti, { jti, uid, accountId: 'usr_2' }, 60)
      expect(await sessions.find(first)).toEqual({ jti: first, uid, accountId: 'usr_2' })
      await sessions.destroy(jti)
      await sessions.upsert(second, { jti: second, uid }, 60)
      expect(await sessions.find(first)).toBeUndefined()
      expect(await sessions.findByUid(uid)).toMatchObject({ uid })
      await adapter('Interaction').upsert(first, { jti: first, uid }, 60)
      expect(await adapter('Interaction').findByUid(uid), 'only sessions have a uid').toBeUndefined()
    })

    it('keeps nothing that opens a door: no token, code, cookie or user code', async () => {
      verifies('token.storage')
      const secrets = [id(), id(), id(), id(), randomText(8)] as const
      const [token, device, cookie, uid, userCode] = secrets
      await adapter('RefreshToken').upsert(token, { jti: token, grantId: 'g' }, 60)
      await adapter('DeviceCode').upsert(device, { jti: device, userCode }, 60)
      await adapter('Session').upsert(cookie, { jti: cookie, uid: 'u' }, 60)
      const session = { uid: 'u', cookie, accountId: 'usr_1' }
      await adapter('Interaction').upsert(uid, { jti: uid, deviceCode: device, session }, 60)
      const kept = JSON.stringify(await rows())
      expect(secrets.filter((secret) => kept.includes(secret))).toEqual([])
    })

    it('opens nothing to who has read the database', async () => {
      verifies('token.storage')
      const one = id()
      await adapter('AccessToken').upsert(one, { jti: one }, 60)
      const codes = adapter('DeviceCode')
      await codes.upsert(one, { jti: one, userCode: one.slice(0, 8) }, 60)
      const { jti: reference } = (await codes.findByUserCode(one.slice(0, 8))) as { jti: string }
      const [, hash] = reference.split('.') as [string, string]
      expect((await rows()).some((row) => row.id_hash === hash)).toBe(true)
      const guesses = [hash, `ref.${hash}`, `ref.${hash}.${hash}`, `ref.${hash}.${'0'.repeat(64)}`]
      expect(await Promise.all(guesses.map((guess) => adapter('AccessToken').find(guess)))).toEqual(
        guesses.map(() => undefined),
      )
      expect(await adapter('AccessToken').find(reference), 'a reference is of one model').toBeUndefined()
    })

    it('forgets what has expired', async () => {
      const [old, young] = [id(), id()]
      await adapter('AccessToken').upsert(old, { jti: old }, 10)
      await adapter('AccessToken').upsert(young, { jti: young }, 11)
      await deleteExpiredOauth(db(), NOW + 10)
      expect(await adapter('AccessToken').find(old)).toBeUndefined()
      expect(await adapter('AccessToken').find(young)).toBeDefined()
    })
  })
}
