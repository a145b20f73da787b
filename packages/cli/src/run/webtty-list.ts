/** Owns the work of `towline webtty list`. */
import { listWebtty, type WebttyMachine } from '@towline/operations'
import type { Io } from '../io.ts'
import { type Column, printList } from '../output/printers.ts'
import { connectionOf } from './connection.ts'
import type { ListOptions } from './list-options.ts'

const COLUMNS: readonly Column<WebttyMachine>[] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'URL', of: ({ url }) => url },
  { title: 'HOST', of: ({ hostname }) => hostname ?? '' },
  { title: 'OS', of: ({ os, arch }) => [os, arch].filter((part) => part !== null).join('/') },
  { title: 'CAPABILITIES', of: ({ capabilities }) => capabilities.join(',') },
  { title: 'FILES', of: ({ fs_mode }) => fs_mode ?? '' },
  { title: 'E2E', of: ({ e2e }) => (e2e ? 'required' : '') },
  {
    title: 'LABELS',
    of: ({ labels }) =>
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
  },
]

export const run = async (io: Io, options: ListOptions): Promise<void> => {
  const machines = await listWebtty(await connectionOf(io, options), { filter: options.filter, signal: io.signal })
  printList({ io, format: options.output, columns: COLUMNS }, machines)
}
