/**
 * Waits until the far service answers through a relay; prints the wall-clock time (ms) of the first answer.
 * With `afterGone` it first waits until the old answer is gone, and says `waiting`.
 */
import net from 'node:net'

const job = JSON.parse(process.argv[2])
const EVERY_MS = 2
const TRY_MS = 1_000
const stopAt = performance.now() + job.ms

if (job.afterGone) {
  await until(false)
  console.log('waiting')
}
await until(true)
console.log(JSON.stringify({ at: performance.timeOrigin + performance.now() }))
process.exit(0)

async function until(wanted) {
  while ((await answers()) !== wanted) {
    if (performance.now() > stopAt) fail()
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
}

function fail() {
  console.error(`port ${job.port} did not change in ${job.ms} ms`)
  process.exit(1)
}

/** One try: a connection, one byte of echo or one GET that gets 200. */
function answers() {
  return new Promise((resolve) => {
    const socket = net.connect({ port: job.port, host: job.host, noDelay: true })
    const done = (value) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(value)
    }
    const timer = setTimeout(done, TRY_MS, false)
    socket.on('connect', () => socket.write(job.kind === 'http' ? get() : '1?'))
    socket.on('data', (bytes) =>
      done(job.kind === 'http' ? bytes.toString('latin1', 9, 12) === '200' : bytes.length === 1),
    )
    socket.on('error', () => done(false))
    socket.on('close', () => done(false))
  })
}

function get() {
  const lines = [`GET / HTTP/1.1`, `host: ${job.hostHeader ?? 'localhost'}`, ...(job.headers ?? []), '', '']
  return lines.join('\r\n')
}
