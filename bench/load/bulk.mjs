/** Moves bytes one way over some streams until `bytes` (of all together) or `ms` is reached; prints bytes and seconds. */
import { connectFast } from './fast-socket.mjs'

const job = JSON.parse(process.argv[2])
const BLOCK = Buffer.alloc(512 * 1024, 'towline ')
const share = Math.ceil(job.bytes / job.streams)
const stopAt = performance.now() + job.ms

const startedAt = performance.now()
const run = job.direction === 'down' ? download : upload
const counts = await Promise.all(Array.from({ length: job.streams }, run))
const seconds = (performance.now() - startedAt) / 1000
console.log(JSON.stringify({ bytes: counts.reduce((sum, count) => sum + count, 0), seconds }))
process.exit(0)

function download() {
  return new Promise((resolve, reject) => {
    let count = 0
    const finish = () => {
      socket.destroy()
      resolve(count)
    }
    const socket = connectFast({
      ...target(),
      onBytes(bytes) {
        count += bytes.length
        if (count >= share || performance.now() > stopAt) finish()
      },
    })
    socket.on('connect', () => socket.write(request('D', share)))
    socket.on('end', finish)
    socket.on('error', reject)
  })
}

/** Sends, ends, and waits for the count that the far end has read, so that bytes in buffers are not counted as moved. */
function upload() {
  return new Promise((resolve, reject) => {
    let left = share
    const answer = []
    const socket = connectFast({ ...target(), bytes: 64, onBytes: (bytes) => answer.push(Buffer.from(bytes)) })
    const pump = () => {
      if (left <= 0 || performance.now() > stopAt) return socket.end()
      const block = left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK
      left -= block.length
      socket.write(block, pump)
    }
    socket.on('connect', () => socket.write('S', pump))
    socket.on('end', () => resolve(Number(Buffer.concat(answer).readBigUInt64BE())))
    socket.on('error', reject)
  })
}

function target() {
  return { port: job.port, host: job.host }
}

function request(mode, count) {
  const bytes = Buffer.alloc(9, mode)
  bytes.writeBigUInt64BE(BigInt(count), 1)
  return bytes
}
