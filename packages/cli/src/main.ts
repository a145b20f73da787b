/** Owns the process of the command line. */
import { processIo } from './process-io.ts'
import { runCli } from './run-cli.ts'

// Leaving at once is safe: writes to files, pipes and terminals are synchronous here, and what was opened is closed by now.
process.exit(await runCli(processIo(), process.argv.slice(2)))
