/** Owns the work of `towline audit`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, flushJournal, journalOf, readAudit } from '@towline/operations'
import { AppError, type AuditRecord, LIMITS } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Column, type Format, printList } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { parseDuration } from './duration.ts'
import { when } from './tunnel-columns.ts'

export interface AuditOptions extends ServerOptions {
  readonly workspace?: string
  readonly project?: string
  readonly agent?: string
  readonly thread?: string
  readonly tool?: string
  readonly action?: string
  readonly since?: string
  readonly limit: string
  readonly output: Format
}

const COLUMNS: readonly Column<AuditRecord>[] = [
  { title: 'AT', of: ({ at }) => when(at) },
  { title: 'ACTION', of: ({ action }) => action },
  { title: 'DECISION', of: ({ decision, code }) => (code === undefined ? decision : `${decision} ${code}`) },
  { title: 'WHO', of: ({ userId, credentialId }) => userId ?? credentialId },
  { title: 'AGENT', of: ({ agent }) => agent },
  { title: 'THREAD', of: ({ thread }) => thread },
  { title: 'TOOL', of: ({ tool }) => tool },
  { title: 'TARGET', of: ({ target }) => target },
]

/** Those of agents only when there is one. */
const columnsOf = (records: readonly AuditRecord[]): readonly Column<AuditRecord>[] =>
  COLUMNS.filter(({ title, of }) => (title !== 'THREAD' && title !== 'TOOL') || records.some((one) => of(one)))

export const run = async (io: Io, options: AuditOptions): Promise<void> => {
  const { workspace, project, since, output, agent, thread, tool, action } = options
  const connection = await connectionOf(io, options)
  await tellOwn(io, connection)
  const records = await readAudit(connection, {
    workspace,
    project,
    ...{ agent, thread, tool, action },
    since: since === undefined ? undefined : Math.floor(Date.now() / 1000) - parseDuration(since, '--since'),
    limit: limitOf(options.limit),
    signal: io.signal,
  })
  printList({ io, format: output, columns: columnsOf(records) }, records)
}

/** How long until it is looked again whether whoever tells is done. */
const LOOK_MS = 50

/** Agents end their servers as they like: what those had not told yet is told first. The trail can be read without it. */
const tellOwn = async (io: Io, connection: Connection): Promise<void> => {
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(LIMITS.journalCloseMs)])
  try {
    while ((await flushJournal(journalOf(io.env, connection), connection, { signal })).busy)
      await sleep(LOOK_MS, undefined, { signal })
  } catch (error) {
    if (io.signal.aborted) throw error
  }
}

const limitOf = (text: string): number => {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit > 0) return limit
  throw new AppError('OPTION_INVALID', { option: '--limit', value: text, problem: 'it is a whole number from 1 on' })
}
