/** Owns the work of `towline webtty verify`. */
import { type Verified, verifyExposedOn } from '@towline/operations'
import { AppError, type ServiceAnswer } from '@towline/protocol'
import type { Io } from '../io.ts'
import { type Column, printOne } from '../output/printers.ts'
import { machineRequest } from './machine.ts'
import type { WebttyExposedOptions } from './webtty-exposed.ts'

export interface WebttyVerifyOptions extends WebttyExposedOptions {
  readonly path?: string
}

const answer = ({ status, bytes, sha256, problem }: ServiceAnswer): string =>
  [status === undefined ? '' : `status ${status}`, `${bytes} bytes`, sha256?.slice(0, 12) ?? '', problem ?? '']
    .filter((part) => part !== '')
    .join(', ')

const COLUMNS: readonly Column<Verified>[] = [
  { title: 'SAME', of: ({ same }) => (same ? 'yes' : 'no') },
  { title: 'THERE', of: ({ local }) => answer(local) },
  { title: 'THROUGH', of: ({ through }) => answer(through) },
  { title: 'URL', of: ({ exposure }) => exposure.url },
]

/** A difference is told after what was compared, and by the exit status. */
export const run = async (io: Io, id: string, options: WebttyVerifyOptions): Promise<void> => {
  const verified = await verifyExposedOn({ ...machineRequest(io, options), id, path: options.path })
  printOne({ io, format: options.output, columns: COLUMNS }, verified)
  const { same, difference = '', exposure } = verified
  if (!same) throw new AppError('EXPOSURE_DIFFERS', { url: exposure.url, difference })
}
