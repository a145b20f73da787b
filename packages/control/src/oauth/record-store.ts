/** Owns the OAuth records in the database, as oidc-provider's adapter wants them: tokens, codes, sessions, grants, clients. */
import { AppError } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { OauthRecordsTable, Tables } from '../store/schema.ts'
import { hashOfId, referenceTo, sha256 } from './record-id.ts'

/** What a record holds; which keys, its model says. */
export type OauthPayload = Record<string, unknown>

/**
 * The storage contract of oidc-provider 9 for one model; `expiresIn` is in seconds. A user code is told only to who asks
 * by it. `consume` throws REQUEST_INVALID the second time, so of two requests with one code only one passes.
 */
export interface OauthAdapter {
  upsert(id: string, payload: OauthPayload, expiresIn?: number): Promise<void>
  find(id: string): Promise<OauthPayload | undefined>
  findByUid(uid: string): Promise<OauthPayload | undefined>
  findByUserCode(userCode: string): Promise<OauthPayload | undefined>
  consume(id: string): Promise<void>
  destroy(id: string): Promise<void>
  revokeByGrantId(grantId: string): Promise<void>
}

/** Models that end with their grant; an interaction only names one. */
const OF_GRANT: ReadonlySet<string> = new Set(['AccessToken', 'AuthorizationCode', 'DeviceCode', 'RefreshToken'])
/** Keys of a payload that hold the id of another record, and of which model. */
const REFERENCES: Readonly<Record<string, string>> = {
  deviceCode: 'DeviceCode',
  parJti: 'PushedAuthorizationRequest',
}

/** Found after their end until they are swept: a device is told "expired" (RFC 8628 §3.5), not "unknown". */
const END_TOLD: ReadonlySet<string> = new Set(['DeviceCode'])

/** For oidc-provider's `adapter`: makes the adapter of a model. `clock` answers integer seconds. */
export const oauthAdapter =
  (db: Kysely<Tables>, clock: () => number) =>
  (model: string): OauthAdapter => {
    const one = (id: string) => ({ model, id_hash: hashOfId(model, id) })
    const find = (column: 'id_hash' | 'uid_hash' | 'user_code_hash', hash: string) =>
      db
        .selectFrom('oauth_records')
        .selectAll()
        .where('model', '=', model)
        .where(column, '=', hash)
        .where(({ eb, or }) =>
          or([eb('expires_at', 'is', null), eb('expires_at', '>', END_TOLD.has(model) ? 0 : clock())]),
        )
        .executeTakeFirst()
    return {
      async upsert(id, payload, expiresIn) {
        const record = toRecord(model, payload)
        const expires_at = expiresIn === undefined ? null : clock() + expiresIn
        await db
          .insertInto('oauth_records')
          .values({ ...one(id), ...record, expires_at, consumed_at: null })
          .onConflict((on) =>
            on.columns(['model', 'id_hash']).doUpdateSet(({ fn, ref }) => ({
              payload: record.payload,
              uid_hash: record.uid_hash,
              // A record that was found by its id comes back without the user code, which is not stored.
              user_code_hash: fn.coalesce(ref('excluded.user_code_hash'), ref('oauth_records.user_code_hash')),
              grant_id: record.grant_id,
              account_id: record.account_id,
              expires_at,
            })),
          )
          .execute()
      },
      async find(id) {
        const row = await find('id_hash', hashOfId(model, id))
        return row && toPayload(row, id)
      },
      async findByUid(uid) {
        const row = await find('uid_hash', sha256(uid))
        return row && toPayload(row, referenceTo(model, row.id_hash))
      },
      async findByUserCode(userCode) {
        const row = await find('user_code_hash', sha256(userCode))
        return row && { ...toPayload(row, referenceTo(model, row.id_hash)), userCode }
      },
      async consume(id) {
        const fresh = db.updateTable('oauth_records').set({ consumed_at: clock() }).where('consumed_at', 'is', null)
        const row = await whereId(fresh.returning('id_hash'), one(id)).executeTakeFirst()
        if (!row) throw new AppError('REQUEST_INVALID', { problem: 'the code or token was used already' })
      },
      async destroy(id) {
        await whereId(db.deleteFrom('oauth_records'), one(id)).execute()
      },
      async revokeByGrantId(grantId) {
        await db.deleteFrom('oauth_records').where('grant_id', '=', grantId).execute()
      },
    }
  }

/** Deletes a grant with all its tokens and codes. */
export const deleteOauthGrant = async (db: Kysely<Tables>, grantId: string): Promise<void> => {
  const own = db.deleteFrom('oauth_records').where('model', '=', 'Grant')
  await own.where('id_hash', '=', hashOfId('Grant', grantId)).execute()
  await db.deleteFrom('oauth_records').where('grant_id', '=', grantId).execute()
}

/** Deletes all records of a person: grants, tokens, codes, the provider's sessions. */
export const deleteOauthAccount = async (db: Kysely<Tables>, accountId: string): Promise<void> => {
  await db.deleteFrom('oauth_records').where('account_id', '=', accountId).execute()
}

/** Forgets what has expired. */
export const deleteExpiredOauth = async (db: Kysely<Tables>, now: number): Promise<void> => {
  await db.deleteFrom('oauth_records').where('expires_at', '<=', now).execute()
}

interface Filtered {
  where(column: string, operator: '=', value: string): this
}

const whereId = <Query>(query: Query, { model, id_hash }: { model: string; id_hash: string }): Query =>
  (query as Filtered).where('model', '=', model).where('id_hash', '=', id_hash) as Query

type StoredPart = Pick<OauthRecordsTable, 'payload' | 'uid_hash' | 'user_code_hash' | 'grant_id' | 'account_id'>

/** What proves anything leaves the payload: the id, the user code, the session cookie, ids of other records. */
const toRecord = (model: string, payload: OauthPayload): StoredPart => {
  const { userCode, ...rest } = payload
  if ('jti' in rest) rest['jti'] = null
  for (const [key, other] of Object.entries(REFERENCES)) {
    if (typeof rest[key] === 'string') rest[key] = hashOfId(other, rest[key])
  }
  if (isObject(rest['session'])) {
    const { cookie: __, ...session } = rest['session']
    rest['session'] = session
  }
  return {
    payload: JSON.stringify(rest),
    uid_hash: hashed(model === 'Session' ? rest['uid'] : undefined),
    user_code_hash: hashed(userCode),
    grant_id: OF_GRANT.has(model) ? text(rest['grantId']) : null,
    account_id: text(rest['accountId']),
  }
}

const toPayload = (row: OauthRecordsTable, id: string): OauthPayload => {
  const payload = JSON.parse(row.payload) as OauthPayload
  if ('jti' in payload) payload['jti'] = id
  for (const [key, model] of Object.entries(REFERENCES)) {
    if (typeof payload[key] === 'string') payload[key] = referenceTo(model, payload[key])
  }
  return { ...payload, ...(row.consumed_at === null ? {} : { consumed: row.consumed_at }) }
}

const isObject = (value: unknown): value is OauthPayload => typeof value === 'object' && value !== null
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const hashed = (value: unknown): string | null => (typeof value === 'string' ? sha256(value) : null)
