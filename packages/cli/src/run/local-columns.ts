/** Owns how managed tunnels and questions for people are shown in tables. */
import type { Approval, LocalStopped, LocalTunnel } from '@towline/operations'
import type { Column } from '../output/printers.ts'
import { when } from './tunnel-columns.ts'

export const LOCAL_COLUMNS: readonly Column<LocalTunnel>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'URL', of: ({ url }) => url },
  { title: 'TARGET', of: ({ target }) => target },
  { title: 'SINCE', of: ({ createdAt }) => when(createdAt) },
  { title: 'EXPIRES', of: ({ expiresAt }) => (expiresAt === undefined ? undefined : when(expiresAt)) },
  { title: 'REASON', of: ({ reason }) => reason },
]

export const STOPPED_COLUMNS: readonly Column<LocalStopped>[] = [
  { title: 'STOPPED', of: ({ id }) => id },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'WAS', of: ({ was }) => was },
]

export const APPROVAL_COLUMNS: readonly Column<Approval>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'TOOL', of: ({ tool }) => tool },
  { title: 'AGENT', of: ({ agent }) => agent },
  { title: 'ASKED', of: ({ askedAt }) => when(askedAt) },
  { title: 'EXPIRES', of: ({ expiresAt }) => when(expiresAt) },
  { title: 'SUMMARY', of: ({ summary }) => summary },
]
