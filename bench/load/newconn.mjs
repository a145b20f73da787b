/** `clients` loops of connect, one byte there and back, far end closes; prints connections, failures and seconds. */
import net from 'node:net'

const job = JSON.parse(process.argv[2])
const TRY_MS = 3_000
let connections = 0
let failures = 0

const startedAt = performance.now()
const stopAt = startedAt + job.ms
await Promise.all(Array.from({ length: job.clients }, loop))
console.log(JSON.stringify({ connections, failures, seconds: (performance.now() - startedAt) / 1000 }))
process.exit(0)

async function loop() {
  while (performance.now() < stopAt) {
    if (await visit()) connections += 1
    else failures += 1
  }
}

function visit() {
  return new Promise((resolve) => {
    let answered = false
    const socket = net.connect({ port: job.port, host: job.host, noDelay: true })
    const timer = setTimeout(() => socket.destroy(), TRY_MS)
    socket.on('connect', () => socket.write('1?'))
    socket.on('data', (bytes) => (answered = bytes.length === 1))
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(answered)
    })
  })
}
