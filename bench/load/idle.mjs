/** Opens connections that each echo one byte and then stay silent; prints how many are open, holds them until stdin ends. */
import net from 'node:net'

const job = JSON.parse(process.argv[2])
const AT_ONCE = 50
const TRY_MS = 5_000
const open = []
let failures = 0
let next = 0

process.stdin.resume().on('end', () => process.exit(0))
await Promise.all(Array.from({ length: AT_ONCE }, loop))
console.log(JSON.stringify({ open: open.length, failures }))

async function loop() {
  while (next < job.connections) {
    next += 1
    await connect()
  }
}

function connect() {
  return new Promise((resolve) => {
    const socket = net.connect({ port: job.port, host: job.host, noDelay: true })
    const timer = setTimeout(() => socket.destroy(), TRY_MS)
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    socket.on('connect', () => socket.write('E?'))
    socket.once('data', () => open.push(socket) && done())
    socket.on('error', () => {})
    socket.once('close', () => {
      failures += 1
      done()
    })
  })
}
