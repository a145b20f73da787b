/** Keystrokes one after another, each echoed before the next: prints p50 and p99 in µs. */
import { quantile } from '../../lib/stats.mjs'
import { openTerminal, until } from './reach.mjs'

const job = JSON.parse(process.argv[2])
const WARM_UP = 200

const terminal = await openTerminal(job.shell.terminal)
const ready = until(terminal, 'cat\r\n')
terminal.write('cat\r')
await ready
const times = []
for (let key = 0; key < WARM_UP + job.keys; key += 1) {
  const at = performance.now()
  await press('k')
  if (key >= WARM_UP) times.push((performance.now() - at) * 1000)
}
await terminal.close()
console.log(JSON.stringify({ p50: quantile(times, 0.5), p99: quantile(times, 0.99) }))
process.exit(0)

function press(key) {
  return new Promise((resolve) => {
    terminal.onData = () => resolve()
    terminal.write(key)
  })
}
