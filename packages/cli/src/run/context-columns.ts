/** Owns how contexts are shown. */
import type { ShownContext } from '@towline/operations'
import type { Column } from '../output/printers.ts'

export const CONTEXT_COLUMNS: readonly Column<ShownContext>[] = [
  { title: 'CURRENT', of: ({ current }) => (current ? '*' : '') },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'URL', of: ({ url }) => url },
  { title: 'PROJECT', of: ({ project }) => project },
  { title: 'KIND', of: ({ kind }) => kind },
  { title: 'CA', of: ({ pinned }) => (pinned ? 'pinned' : 'system') },
]
