/** Owns the work of `towline webtty exposed`. */
import { listExposedOn } from '@towline/operations'
import type { Io } from '../io.ts'
import { type Format, printList } from '../output/printers.ts'
import type { WebttyOptions } from '../webtty-options.ts'
import { EXPOSURE_COLUMNS } from './exposure-columns.ts'
import { machineRequest } from './machine.ts'

export interface WebttyExposedOptions extends WebttyOptions {
  readonly output: Format
}

export const run = async (io: Io, options: WebttyExposedOptions): Promise<void> => {
  const exposures = await listExposedOn(machineRequest(io, options))
  printList({ io, format: options.output, columns: EXPOSURE_COLUMNS }, exposures)
}
