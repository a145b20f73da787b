/** Waits until something accepts on a port; prints {"ok": true}. */
import net from 'node:net'

const job = JSON.parse(process.argv[2])
const EVERY_MS = 5
const stopAt = performance.now() + job.ms

while (!(await accepts())) {
  if (performance.now() > stopAt) process.exit(1)
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
}
console.log('{"ok":true}')
process.exit(0)

function accepts() {
  return new Promise((resolve) => {
    const socket = net.connect({ port: job.port, host: job.host })
    socket.on('connect', () => socket.destroy() && resolve(true))
    socket.on('error', () => resolve(false))
  })
}
