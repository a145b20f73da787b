/** Is it a correct remote shell? Prints {"failed": [sentence…]}: no byte of a terminal lost, exit statuses kept. */
import { runCommand, openTerminal, until } from './reach.mjs'

const { shell } = JSON.parse(process.argv[2])
const BYTES = 2_000_000
const failed = []

const terminal = await openTerminal(shell.terminal)
const came = until(terminal, 'GATE')
terminal.write(`stty -opost -echo; head -c ${BYTES} /dev/zero; echo GA''TE\r`)
const echoed = 200
const count = await came
if (count < BYTES || count > BYTES + echoed) failed.push(`${count} bytes of ${BYTES} came`)
await terminal.close()

if (shell.cold) {
  const status = await runCommand(shell.cold, ['false'])
  if (status !== 1) failed.push(`exit status ${status} instead of 1`)
}
console.log(JSON.stringify({ failed }))
process.exit(0)
