/** Owns one-time links: the first owner's, and those that let an invited person choose a password. */
import { randomBytes } from 'node:crypto'
import { AppError } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { sha256 } from '../oauth/record-id.ts'
import type { Tables } from '../store/schema.ts'

const KIND = 'setup.link'

export interface LinkClock {
  readonly db: Kysely<Tables>
  /** Integer seconds. */
  readonly now: number
}

/** Whom a link is for; nobody means the first owner, who does not exist yet. */
export interface LinkFor {
  readonly userId?: string | undefined
}

/** The secret of a new link; only its hash is stored. Links for the same person that were made before stop working. */
export const newSetupToken = async ({ db, now }: LinkClock, whom: LinkFor): Promise<string> => {
  const token = randomBytes(32).toString('base64url')
  const payload = JSON.stringify(whom)
  await db.deleteFrom('keys').where('kind', '=', KIND).where('payload', '=', payload).execute()
  const id = sha256(token)
  await db.insertInto('keys').values({ id, kind: KIND, payload, created_at: now, retired_at: null }).execute()
  return token
}

/** Whom a link is for. Throws SETUP_LINK_INVALID for one that is unknown, used or older than `seconds`. */
export const readSetupToken = async ({ db, now }: LinkClock, token: string, seconds: number): Promise<LinkFor> => {
  const row = await db
    .selectFrom('keys')
    .select('payload')
    .where('id', '=', sha256(token))
    .where('kind', '=', KIND)
    .where('created_at', '>', now - seconds)
    .executeTakeFirst()
  if (!row) throw new AppError('SETUP_LINK_INVALID')
  return JSON.parse(row.payload) as LinkFor
}

/** As {@link readSetupToken}, and the link is used up: of those who come at once, one gets through. */
export const takeSetupToken = async (clock: LinkClock, token: string, seconds: number): Promise<LinkFor> => {
  const whom = await readSetupToken(clock, token, seconds)
  const { numDeletedRows } = await clock.db.deleteFrom('keys').where('id', '=', sha256(token)).executeTakeFirst()
  if (numDeletedRows === 0n) throw new AppError('SETUP_LINK_INVALID')
  return whom
}
