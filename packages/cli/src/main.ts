/** Owns the process of the command line. */
import type { Writable } from 'node:stream'
import { processIo } from './process-io.ts'
import { runCli } from './run-cli.ts'

/** A pipe takes 64 KiB at once; what its reader has not taken yet would be lost with the process. */
const flushed = (stream: Writable): Promise<void> =>
  new Promise((done) => {
    if (stream.destroyed || stream.writableLength === 0) return done()
    stream.once('close', done)
    stream.write('', () => done())
  })

const status = await runCli(processIo(), process.argv.slice(2))
await Promise.all([flushed(process.stdout), flushed(process.stderr)])
// What was opened is closed by now.
process.exit(status)
