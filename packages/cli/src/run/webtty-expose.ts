/** Owns the work of `towline webtty expose`. */
import { type Exposed, exposeOn, exposeRequest, type ExposeWords } from '@towline/operations'
import { printable } from '@towline/protocol'
import { type Io, note } from '../io.ts'
import { printOne } from '../output/printers.ts'
import { parseDuration } from './duration.ts'
import { EXPOSURE_COLUMNS } from './exposure-columns.ts'
import { machineRequest } from './machine.ts'
import type { WebttyExposedOptions } from './webtty-exposed.ts'

export interface WebttyExposeOptions extends WebttyExposedOptions, Omit<ExposeWords, 'ttlMs'> {
  readonly ttl?: string
  readonly path?: string
}

export const run = async (io: Io, target: string, options: WebttyExposeOptions): Promise<void> => {
  const ttlMs = options.ttl === undefined ? undefined : parseDuration(options.ttl, '--ttl') * 1000
  const expose = exposeRequest(target, { ...options, ttlMs })
  const exposed = await exposeOn({ ...machineRequest(io, options), expose, path: options.path })
  printOne({ io, format: options.output, columns: EXPOSURE_COLUMNS }, exposed)
  const doubt = doubtOf(exposed)
  if (doubt !== undefined) note(io, printable(`warning: ${doubt}`))
}

/** The service is exposed all the same. */
const doubtOf = ({ verified, unverified }: Exposed): string | undefined => {
  if (unverified) return `what comes through the tunnel was not compared: ${unverified.message}`
  return verified?.same === false ? `it answers differently: ${verified.difference ?? ''}` : undefined
}
