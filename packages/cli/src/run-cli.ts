/** Owns one run of the command line: words in, exit status out. */
import type { Io } from './io.ts'
import { lostOutput } from './output/lost-output.ts'
import { INTERRUPTED } from './process-io.ts'
import { buildProgram } from './program.ts'
import { report } from './report.ts'

/** Runs the words after the program's name; the exit status tells of lost output when nothing else went wrong. Never throws. */
export const runCli = async (io: Io, argv: readonly string[]): Promise<number> => {
  const loss = lostOutput(io)
  const status = await runWords(io, argv)
  const lost = status === 0 || status === INTERRUPTED ? await loss() : undefined
  return lost ? await report(io, lost, argv) : status
}

const runWords = async (io: Io, argv: readonly string[]): Promise<number> => {
  try {
    await buildProgram(io).parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    return await report(io, error, argv)
  }
}
