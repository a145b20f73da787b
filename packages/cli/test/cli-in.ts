/** Owns running the command line in this process for tests, in the home folder of a test. */
import { runCli } from '../src/run-cli.ts'
import { testIo } from './test-io.ts'

/** What a command left behind. */
export interface Ran {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Resolves when all of its output is there. */
export const cliIn = async (home: string, argv: readonly string[]): Promise<Ran> => {
  const test = testIo({ env: { TOWLINE_HOME: home } })
  const exit = await runCli(test.io, argv)
  await new Promise((done) => setImmediate(done))
  return { exit, stdout: test.stdout(), stderr: test.stderr() }
}
