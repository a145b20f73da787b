/** A small HTTP/1.1 load client for machines without wrk: keep-alive connections, one request at a time on each. */
import net from 'node:net'

const job = JSON.parse(process.argv[2])
const lines = ['GET / HTTP/1.1', `host: ${job.hostHeader}`, ...(job.headers ?? []), '', '']
const REQUEST = Buffer.from(lines.join('\r\n'))
const END = '\r\n\r\nok'
let requests = 0
let failures = 0

const startedAt = performance.now()
for (let index = 0; index < job.connections; index += 1) connect()
setTimeout(() => {
  console.log(JSON.stringify({ requests, failures, seconds: (performance.now() - startedAt) / 1000 }))
  process.exit(0)
}, job.ms)

function connect() {
  const socket = net.connect({ port: job.port, host: job.host, noDelay: true })
  let rest = ''
  socket.on('connect', () => socket.write(REQUEST))
  socket.on('data', (bytes) => {
    rest += bytes.toString('latin1')
    if (!rest.endsWith(END)) return
    if (rest.startsWith('HTTP/1.1 200')) requests += 1
    else failures += 1
    rest = ''
    socket.write(REQUEST)
  })
  socket.on('error', () => (failures += 1))
}
