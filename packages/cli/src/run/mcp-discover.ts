/** Owns the work of `towline mcp discover`. */
import { discoverMcp, type McpEndpoint } from '@towline/operations'
import type { Io } from '../io.ts'
import { type Column, printList } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import type { ListOptions } from './list-options.ts'

const COLUMNS: readonly Column<McpEndpoint>[] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'URL', of: ({ url }) => url },
  { title: 'PUBLISHED', of: ({ published }) => (published ? 'yes' : 'no') },
  {
    title: 'LABELS',
    of: ({ labels }) =>
      Object.entries(labels)
        .filter(([key]) => !key.startsWith('towline.mcp/'))
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
  },
]

export const run = async (io: Io, options: ListOptions): Promise<void> => {
  const endpoints = await discoverMcp(await connectionOf(io, options), { filter: options.filter, signal: io.signal })
  printList({ io, format: options.output, columns: COLUMNS }, endpoints)
}
