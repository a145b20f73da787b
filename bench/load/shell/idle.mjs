/** Holds connections that say nothing until it is ended; prints {"open": how many}. */
import { spawn } from 'node:child_process'
import { openMachine } from './reach.mjs'

const { shell } = JSON.parse(process.argv[2])
const machine = shell.shared.url && (await openMachine(shell.shared))
const children = []
let open = 0
while (open < shell.idle) {
  await (machine ? machine.connect() : hold(shell.fresh.argv))
  open += 1
}
console.log(JSON.stringify({ open }))
process.on('SIGTERM', () => {
  for (const child of children) child.kill('SIGKILL')
  process.exit(0)
})

/** Ends with its first line there: it is connected. */
function hold(argv) {
  const child = spawn(argv[0], [...argv.slice(1), 'echo ready; exec cat'])
  children.push(child)
  return new Promise((resolve, reject) => {
    child.stdout.once('data', resolve)
    child.once('close', (status) => reject(new Error(`ended with ${status}`)))
  })
}
