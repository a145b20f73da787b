/** Owns the work of `towline webtty signal`. */
import { signalProcess } from '@towline/operations'
import { AppError, SIGNALS, shown } from '@towline/protocol'
import type { Io } from '../io.ts'
import type { WebttyOptions } from '../webtty-options.ts'
import { machineRequest } from './machine.ts'

export interface WebttySignalOptions extends WebttyOptions {
  readonly leader?: boolean
}

/** Which process, and a name such as `TERM` or `SIGTERM`. */
export interface SignalWords {
  readonly processId: string
  readonly text: string
}

export const run = async (io: Io, { processId, text }: SignalWords, options: WebttySignalOptions): Promise<void> => {
  const name = SIGNALS.find((each) => each === text.toUpperCase().replace(/^SIG/, ''))
  if (!name)
    throw new AppError('OPTION_INVALID', {
      option: '<signal>',
      value: shown(text),
      problem: `it is one of ${SIGNALS.join(', ')}`,
    })
  await signalProcess({ ...machineRequest(io, options), processId, name, leaderOnly: options.leader })
}
