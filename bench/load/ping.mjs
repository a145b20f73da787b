/** One connection, one byte at a time there and back for `ms`; prints p50, p99 and the count (times in µs). */
import { connectFast } from './fast-socket.mjs'

const job = JSON.parse(process.argv[2])
const BYTE = Buffer.from('x')
const times = []
let sentAt = 0

const stopAt = performance.now() + job.ms
const warmUntil = performance.now() + job.ms / 10
const socket = connectFast({ port: job.port, host: job.host, bytes: 64, onBytes: pong })
socket.on('connect', () => socket.write('E', ping))
socket.on('error', (error) => fail(error.message))
socket.on('end', () => fail('the far end closed'))
setTimeout(() => (times.length === 0 ? fail('no answer') : print()), job.ms + 3_000)

function ping() {
  sentAt = performance.now()
  socket.write(BYTE)
}

function pong() {
  const now = performance.now()
  if (now > warmUntil) times.push(now - sentAt)
  if (now > stopAt) return print()
  if (job.pauseMs) setTimeout(ping, job.pauseMs)
  else ping()
}

function print() {
  times.sort((a, b) => a - b)
  const at = (q) => times[Math.min(times.length - 1, Math.floor(times.length * q))] * 1000
  console.log(JSON.stringify({ p50: at(0.5), p99: at(0.99), count: times.length }))
  process.exit(0)
}

function fail(why) {
  console.error(`ping: ${why}`)
  process.exit(1)
}
