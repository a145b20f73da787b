/** Owns how long a new credential may live: the bound of its kind, and the setting of its project. */
import { AppError } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { settingsOf } from '../project/settings.ts'
import { readSettings } from '../project/settings-store.ts'
import type { Tables } from '../store/schema.ts'

/** The longest life of a credential made now in a project, in seconds: at most `most`. */
export const longestLife = async (db: Kysely<Tables>, projectId: string, most: number): Promise<number> =>
  Math.min(most, settingsOf(await readSettings(db, projectId)).maxTokenSeconds ?? most)

/** Throws OPTION_INVALID for what is no life of at most `most` seconds, TOKEN_LIFE_REFUSED for more than the project allows. */
export const requireLife = async (
  db: Kysely<Tables>,
  projectId: string,
  { ttlSeconds, most }: { readonly ttlSeconds: number; readonly most: number },
): Promise<void> => {
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > most) {
    const problem = `a life has 1 to ${most} whole seconds`
    throw new AppError('OPTION_INVALID', { option: 'ttlSeconds', value: ttlSeconds, problem })
  }
  const longest = await longestLife(db, projectId, most)
  if (ttlSeconds > longest) throw new AppError('TOKEN_LIFE_REFUSED', { most: longest })
}
