/** Owns telling a command elsewhere, of which part of the output could not be written here, from one that ended with 0. */
import type { Io } from '../io.ts'
import { lostOutput } from '../output/lost-output.ts'
import { INTERRUPTED } from '../process-io.ts'
import { ExitStatus } from '../report.ts'
import { NOT_THE_COMMAND } from './command-status.ts'

/** Runs `work`, which ends with the status of a command. When its output was lost, and no other status was told, ours is 255. */
export const withWholeOutput = async (io: Io, work: () => Promise<void>): Promise<void> => {
  const loss = lostOutput(io)
  let ended: unknown
  try {
    await work()
  } catch (error) {
    if (!(error instanceof ExitStatus) || error.status !== INTERRUPTED) throw error
    ended = error
  }
  const cause = await loss()
  if (cause) throw new ExitStatus(NOT_THE_COMMAND, { cause })
  if (ended) throw ended
}
