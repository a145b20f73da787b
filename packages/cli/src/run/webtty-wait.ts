/** Owns the work of `towline webtty wait`. */
import { waitForProcess } from '@towline/operations'
import { type Io, line } from '../io.ts'
import { safeJson } from '../output/safe-json.ts'
import { ExitStatus } from '../report.ts'
import type { WebttyOptions } from '../webtty-options.ts'
import { endWith, NOT_THE_COMMAND } from './command-status.ts'
import { machineRequest } from './machine.ts'

export interface WebttyWaitOptions extends WebttyOptions {
  readonly output: 'text' | 'json'
}

export const run = async (io: Io, processId: string, options: WebttyWaitOptions): Promise<void> => {
  const exit = await waitForProcess({ ...machineRequest(io, options), processId }).catch((error: unknown) => {
    throw new ExitStatus(NOT_THE_COMMAND, { cause: error })
  })
  if (options.output === 'json') line(io, safeJson({ processId, ...exit }))
  endWith(exit)
}
