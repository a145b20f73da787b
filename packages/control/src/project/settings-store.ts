/** Owns the settings of a project in the database: one JSON object, whose keys the API knows. */
import { AppError } from '@towline/protocol'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import { inTransaction } from '../store/transaction.ts'

/** What was set; the rest has its defaults. */
export type StoredSettings = Readonly<Record<string, unknown>>

/** Throws NOT_FOUND. */
export const readSettings = async (db: Kysely<Tables>, projectId: string): Promise<StoredSettings> => {
  const live = db.selectFrom('projects').select('settings').where('id', '=', projectId)
  const row = await live.where('deleted_at', 'is', null).executeTakeFirst()
  if (!row) throw new AppError('NOT_FOUND', { what: 'project', id: projectId })
  return JSON.parse(row.settings) as StoredSettings
}

/** Writes what `change` makes of the settings; two changes at once follow each other. Throws NOT_FOUND. */
export const changeSettings = (
  db: Kysely<Tables>,
  projectId: string,
  change: (before: StoredSettings) => StoredSettings,
): Promise<StoredSettings> =>
  inTransaction(db, async (step) => {
    const lock = step.updateTable('projects').set(({ ref }) => ({ settings: ref('settings') }))
    await lock.where('id', '=', projectId).execute()
    const settings = change(await readSettings(step, projectId))
    const write = step.updateTable('projects').set({ settings: JSON.stringify(settings) })
    await write.where('id', '=', projectId).execute()
    return settings
  })

/** Sets top-level keys; null takes one back to its default (RFC 7396, one level). Throws NOT_FOUND. */
export const patchSettings = (db: Kysely<Tables>, projectId: string, patch: StoredSettings): Promise<StoredSettings> =>
  changeSettings(db, projectId, (before) => {
    const entries = Object.entries({ ...before, ...patch })
    return Object.fromEntries(entries.filter(([, value]) => value !== null))
  })

/** Takes everything back to its defaults. Throws NOT_FOUND. */
export const resetSettings = (db: Kysely<Tables>, projectId: string): Promise<StoredSettings> =>
  changeSettings(db, projectId, () => ({}))
