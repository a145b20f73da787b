/** Output in bulk: lines through the terminal's own processing, then raw bytes. Prints ms, MB/s and the CPU ms of all that carried it. */
import { cpuSeconds } from '../../lib/proc.mjs'
import { openTerminal, until } from './reach.mjs'

const job = JSON.parse(process.argv[2])
const MB = 1_000_000

const terminal = await openTerminal(job.shell.terminal)
await run('true')
const lines = await run(`seq 1 ${job.lines}`)
await run('stty -opost')
const before = cpu()
const raw = await run(`head -c ${job.rawBytes} /dev/zero`)
const spent = cpu() - before
if (raw.bytes < job.rawBytes) throw new Error(`${raw.bytes} bytes of ${job.rawBytes} came`)
await terminal.close()
console.log(
  JSON.stringify({
    seqMs: lines.ms,
    rawMBs: job.rawBytes / MB / (raw.ms / 1000),
    cpuMs: (spent * 1000) / (job.rawBytes / (100 * MB)),
  }),
)
process.exit(0)

async function run(command) {
  const done = until(terminal, 'DONE')
  const at = performance.now()
  terminal.write(`${command}; echo DO''NE\r`)
  const bytes = await done
  return { bytes, ms: performance.now() - at }
}

/** Of the hops and the client, but not of the program that prints. */
function cpu() {
  return cpuSeconds([...new Set([...job.pids, terminal.pid])], { but: 'bash' })
}
