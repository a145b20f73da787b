/** Owns the work of `towline webtty unexpose`. */
import { stopExposedOn } from '@towline/operations'
import type { Io } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { EXPOSURE_COLUMNS } from './exposure-columns.ts'
import { machineRequest } from './machine.ts'
import type { WebttyExposedOptions } from './webtty-exposed.ts'

export const run = async (io: Io, id: string, options: WebttyExposedOptions): Promise<void> => {
  const exposure = await stopExposedOn({ ...machineRequest(io, options), id })
  printOne({ io, format: options.output, columns: EXPOSURE_COLUMNS }, exposure)
}
