/** Owns usage in the database: one sum for each project, hour and metric. */
import type { Metric, Usage } from '@towline/protocol'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../store/schema.ts'

export interface UsageQuery {
  readonly projectId: string
  /** Integer seconds, the first that counts. */
  readonly since: number
  /** Integer seconds, the first that does not count any more. */
  readonly until: number
  readonly per: 'hour' | 'day'
}

/** A sum of an hour or a day (UTC). */
export interface UsageSum {
  /** Integer seconds; when the hour or day began. */
  readonly at: number
  readonly metric: Metric
  readonly value: number
}

const HOUR = 3600
const HOURS = { hour: 1, day: 24 } as const

/** Adds to the sums. */
export const addUsage = async (db: Kysely<Tables>, usages: readonly Usage[]): Promise<void> => {
  if (usages.length === 0) return
  const rows = usages.map(({ projectId, at, metric, value }) => ({
    project_id: projectId,
    hour: Math.floor(at / HOUR),
    metric,
    value,
  }))
  await db
    .insertInto('usage_hours')
    .values(rows)
    .onConflict((on) =>
      on.columns(['project_id', 'hour', 'metric']).doUpdateSet(({ ref }) => ({
        value: sql`${ref('usage_hours.value')} + ${ref('excluded.value')}`,
      })),
    )
    .execute()
}

/** In order of time; hours and days without usage are not listed. */
export const readUsage = async (
  db: Kysely<Tables>,
  { projectId, since, until, per }: UsageQuery,
): Promise<UsageSum[]> => {
  const step = sql<number>`(hour / ${sql.lit(HOURS[per])})`
  const rows = await db
    .selectFrom('usage_hours')
    .select([step.as('step'), 'metric', ({ fn }) => fn.sum<number>('value').as('value')])
    .where('project_id', '=', projectId)
    .where('hour', '>=', Math.ceil(since / HOUR))
    .where('hour', '<', Math.ceil(until / HOUR))
    .groupBy([step, 'metric'])
    .orderBy('step')
    .orderBy('metric')
    .execute()
  return rows.map(({ step: at, metric, value }) => ({
    at: Number(at) * HOURS[per] * HOUR,
    metric: metric as Metric,
    value: Number(value),
  }))
}

/** Forgets hours that began before a time. */
export const deleteOldUsage = async (db: Kysely<Tables>, before: number): Promise<void> => {
  await db
    .deleteFrom('usage_hours')
    .where('hour', '<', Math.floor(before / HOUR))
    .execute()
}
