/** Owns how long a new credential may live: the bound of its kind, and the setting of its project. */
import { AppError } from '@towline/protocol'
import type { Kysely } from 'kysely'
import { settingsOf } from '../project/settings.ts'
import { readSettings } from '../project/settings-store.ts'
import type { Tables } from '../store/schema.ts'

/** Throws OPTION_INVALID. */
export const requireLife = async (
  db: Kysely<Tables>,
  projectId: string,
  { ttlSeconds, most }: { readonly ttlSeconds: number; readonly most: number },
): Promise<void> => {
  const { maxTokenSeconds } = settingsOf(await readSettings(db, projectId))
  const bound = Math.min(most, maxTokenSeconds ?? most)
  if (ttlSeconds <= bound) return
  const problem = `a life has 1 to ${bound} whole seconds`
  throw new AppError('OPTION_INVALID', { option: 'ttlSeconds', value: ttlSeconds, problem })
}
