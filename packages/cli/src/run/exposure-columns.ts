/** Owns the columns of what machines expose. */
import type { Exposure } from '@towline/protocol'
import type { Column } from '../output/printers.ts'

export const EXPOSURE_COLUMNS: readonly Column<Exposure>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'SERVICE', of: ({ host, port }) => `${host}:${port}` },
  { title: 'URL', of: ({ url }) => url },
  { title: 'TOKEN', of: ({ tokenAuth }) => (tokenAuth ? 'yes' : '') },
  { title: 'UNTIL', of: ({ expiresAt }) => (expiresAt === undefined ? '' : new Date(expiresAt * 1000).toISOString()) },
  { title: 'REASON', of: ({ reason = '' }) => reason },
]
