/**
 * Ctrl-C while output floods a reader of 10 MB/s: prints the ms until the prompt is shown, what came in between (KiB), and
 * how much the client grew (MiB).
 */
import { rssMiB } from '../../lib/proc.mjs'
import { quantile } from '../../lib/stats.mjs'
import { openTerminal } from './reach.mjs'

const job = JSON.parse(process.argv[2])
const BYTES_A_MS = 10_000
const LINE = 'x'.repeat(71)
const PROMPT = '@@ '

const terminal = await openTerminal(job.shell.terminal)
const results = []
let grown = 0
const before = rssMiB([terminal.pid])[0]
for (let time = 0; time < job.times; time += 1) results.push(await flood())
await terminal.close()
console.log(
  JSON.stringify({
    promptMs: quantile(
      results.map(({ ms }) => ms),
      0.5,
    ),
    worstMs: Math.max(...results.map(({ ms }) => ms)),
    lateKiB:
      quantile(
        results.map(({ late }) => late),
        0.5,
      ) / 1024,
    grownMiB: grown,
  }),
)
process.exit(0)

/** Shown is what the reader has had the time to draw. */
function flood() {
  return new Promise((resolve) => {
    let shownAt = performance.now()
    let pressedAt = 0
    let late = 0
    let tail = ''
    terminal.onData = (bytes) => {
      const now = performance.now()
      shownAt = Math.max(now, shownAt) + bytes.length / BYTES_A_MS
      if (pressedAt > 0) {
        late += bytes.length
        tail = (tail + Buffer.from(bytes.subarray(-PROMPT.length)).toString('latin1')).slice(-PROMPT.length)
        if (tail === PROMPT) setTimeout(() => resolve({ ms: shownAt - pressedAt, late }), shownAt - now)
      }
      const wait = shownAt - now
      return wait < 1 ? undefined : new Promise((shown) => setTimeout(shown, wait))
    }
    terminal.write(`yes ${LINE}\r`)
    setTimeout(() => {
      grown = Math.max(grown, rssMiB([terminal.pid])[0] - before)
      pressedAt = performance.now()
      terminal.write('\x03')
    }, job.floodMs)
  })
}
