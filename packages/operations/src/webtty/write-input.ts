/** Owns writing to the standard input of a process that somebody started earlier. */
import type { Readable } from 'node:stream'
import { AppError } from '@towline/protocol'
import { heard, type ProcessRequest, withProcess } from './processes.ts'

export interface InputRequest extends ProcessRequest {
  readonly input: Readable
  /** Ends its input afterwards. */
  readonly end: boolean
}

/** Resolves when the machine has all of it. Rejects with FORBIDDEN (it may only watch), PROCESS_UNKNOWN, PROCESS_TAKES_NO_INPUT, WEBTTY_LOST. */
export const writeInput = ({ input, end, ...request }: InputRequest): Promise<void> => {
  let drained = (): void => {}
  const sink = { output: () => undefined, drained: () => drained() }
  return withProcess(request, { sink }, async (process) => {
    if ((await process.opened).watching) throw new AppError('FORBIDDEN', { permission: 'control' })
    for await (const chunk of input) {
      if (process.write(chunk as Buffer)) continue
      const room = new Promise<void>((done) => {
        drained = done
      })
      await Promise.race([room, process.inputSent()])
    }
    if (end) process.endInput()
    await process.inputSent()
    await heard(process)
  })
}
