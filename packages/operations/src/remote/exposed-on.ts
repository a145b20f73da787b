/** Owns what a machine exposes: listing it, and ending one of it. */
import { AppError, type Exposure } from '@towline/protocol'
import type { MachineRequest } from '../webtty/machine.ts'
import { askingMachine } from './ask-machine.ts'

/** What is open, and what ended by itself lately. Where clients are told apart, what this one exposed. Rejects with EXPOSE_OFF, EXPOSE_UNSUPPORTED, MACHINE_SILENT… */
export const listExposedOn = (request: MachineRequest): Promise<readonly Exposure[]> =>
  askingMachine(request, async (ask) => (await ask({ use: 'exposed' })).exposures)

export interface ExposureRequest extends MachineRequest {
  readonly id: string
}

/** Ends exactly that one; of one that has ended it answers how. Rejects with EXPOSURE_UNKNOWN. */
export const stopExposedOn = (request: ExposureRequest): Promise<Exposure> =>
  askingMachine(request, async (ask) => {
    const { exposures } = await ask({ use: 'unexpose', id: request.id })
    return theOne(exposures, request.id)
  })

/** The one that was asked for; a machine that answers another is not to be believed. */
export const theOne = ([exposure]: readonly Exposure[], id: string): Exposure => {
  if (exposure?.id === id) return exposure
  throw new AppError('PROTOCOL_ERROR', { problem: 'the machine answered for another exposure' })
}
