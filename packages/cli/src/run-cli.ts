/** Owns one run of the command line: words in, exit status out. */
import type { Io } from './io.ts'
import { buildProgram } from './program.ts'
import { report } from './report.ts'

/** Runs the words after the program's name. Never throws. */
export const runCli = async (io: Io, argv: readonly string[]): Promise<number> => {
  try {
    await buildProgram(io).parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    return await report(io, error, argv)
  }
}
