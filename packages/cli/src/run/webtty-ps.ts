/** Owns the work of `towline webtty ps`. */
import { listProcesses } from '@towline/operations'
import type { ProcessInfo } from '@towline/protocol'
import type { Io } from '../io.ts'
import { type Column, type Format, printList } from '../output/printers.ts'
import type { WebttyOptions } from '../webtty-options.ts'
import { machineRequest } from './machine.ts'

export interface WebttyPsOptions extends WebttyOptions {
  readonly output: Format
}

const COLUMNS: readonly Column<ProcessInfo>[] = [
  { title: 'PROCESS', of: ({ processId }) => processId },
  { title: 'KIND', of: ({ kind }) => kind },
  { title: 'STATE', of: ({ state }) => state },
  { title: 'EXIT', of: ({ exit }) => (exit ? String(exit.signal ?? exit.exitCode) : '') },
  { title: 'PID', of: ({ pid }) => String(pid) },
  { title: 'SINCE', of: ({ startedAtMs }) => new Date(startedAtMs).toISOString() },
  { title: 'TITLE', of: ({ label = '' }) => label },
  { title: 'COMMAND', of: ({ argv }) => argv.join(' ') },
]

export const run = async (io: Io, options: WebttyPsOptions): Promise<void> => {
  const processes = await listProcesses(machineRequest(io, options))
  printList({ io, format: options.output, columns: COLUMNS }, processes)
}
