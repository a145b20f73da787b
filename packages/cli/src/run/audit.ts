/** Owns the work of `towline audit`. */
import { readAudit } from '@towline/operations'
import { AppError, type AuditRecord } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { type Column, type Format, printList } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import { parseDuration } from './duration.ts'
import { when } from './tunnel-columns.ts'

export interface AuditOptions extends ServerOptions {
  readonly workspace?: string
  readonly project?: string
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
  { title: 'TARGET', of: ({ target }) => target },
]

export const run = async (io: Io, options: AuditOptions): Promise<void> => {
  const { workspace, project, since, output } = options
  const records = await readAudit(await connectionOf(io, options), {
    workspace,
    project,
    since: since === undefined ? undefined : Math.floor(Date.now() / 1000) - parseDuration(since, '--since'),
    limit: limitOf(options.limit),
    signal: io.signal,
  })
  printList({ io, format: output, columns: COLUMNS }, records)
}

const limitOf = (text: string): number => {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit > 0) return limit
  throw new AppError('OPTION_INVALID', { option: '--limit', value: text, problem: 'it is a whole number from 1 on' })
}
