/** Owns passing standard input on to a process elsewhere, as fast as that takes it. */
import type { ExecRequest } from '@towline/operations'
import type { Io } from '../io.ts'

/** Hooks for an exec, and the end of feeding. */
export interface Feeding extends Required<Pick<ExecRequest, 'onOpened' | 'onDrained'>> {
  stop(): void
}

/** Reads standard input from when the process is there; the end of ours is the end of its own. */
export const feedInput = (io: Io): Feeding => {
  const stop = (): void => {
    io.stdin.removeAllListeners('data').removeAllListeners('end')
    io.stdin.pause()
  }
  return {
    onOpened: (process) => {
      io.stdin.on('data', (chunk: Buffer) => {
        if (!process.write(chunk)) io.stdin.pause()
      })
      io.stdin.on('end', () => process.endInput())
    },
    onDrained: () => void io.stdin.resume(),
    stop,
  }
}
