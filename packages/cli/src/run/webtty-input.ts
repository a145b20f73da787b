/** Owns the work of `towline webtty input`. */
import { writeInput } from '@towline/operations'
import type { Io } from '../io.ts'
import type { WebttyOptions } from '../webtty-options.ts'
import { machineRequest } from './machine.ts'

export interface WebttyInputOptions extends WebttyOptions {
  readonly eof?: boolean
}

export const run = (io: Io, processId: string, options: WebttyInputOptions): Promise<void> =>
  writeInput({ ...machineRequest(io, options), processId, input: io.stdin, end: options.eof === true })
