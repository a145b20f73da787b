/**
 * The service behind every TCP tunnel. The first byte of a connection picks what it does:
 * `E` echo with half-close, `1` echo one byte and close first, `G` (a GET) answer 2 bytes by HTTP and close first, `S` count to the end and answer the count (8 bytes),
 * `D` + 8 bytes count: send that many bytes and close.
 */
import net from 'node:net'
import { adoptFast } from './fast-socket.mjs'

/** One write a turn of the event loop: a ping waits behind at most one block of each source. */
const BLOCK = Buffer.alloc(256 * 1024, 'towline ')
const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok')
const MODES = { E: echo, 1: echoOnce, G: answerOnce, S: sink, D: source }

const server = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  socket.once('readable', () => choose(socket))
})
server.listen({ port: Number(process.argv[3] ?? 0), host: process.argv[2] ?? '127.0.0.1', backlog: 4096 }, () => {
  console.log(JSON.stringify({ port: server.address().port }))
})
process.stdin.resume().on('end', () => process.exit(0))

function choose(socket) {
  const mode = socket.read(1)
  if (mode === null) return socket.destroy()
  const serve = MODES[mode.toString('latin1')]
  if (!serve) return socket.destroy()
  serve(socket)
}

function echo(socket) {
  socket.on('data', (bytes) => {
    if (!socket.write(bytes)) socket.pause()
  })
  socket.on('drain', () => socket.resume())
  socket.on('end', () => socket.end())
  socket.resume()
}

function echoOnce(socket) {
  socket.once('data', (bytes) => socket.end(bytes.subarray(0, 1)))
  socket.resume()
}

/** The head arrives in one piece; nothing after it is of interest. */
function answerOnce(socket) {
  socket.end(ANSWER)
  socket.resume()
}

function sink(socket) {
  let count = socket.read()?.length ?? 0
  const bulk = adoptFast(socket, (bytes) => (count += bytes.length))
  bulk.on('error', () => bulk.destroy())
  bulk.on('end', () => {
    const answer = Buffer.alloc(8)
    answer.writeBigUInt64BE(BigInt(count))
    bulk.end(answer)
  })
  bulk.resume()
}

function source(socket) {
  const head = socket.read(8)
  if (head === null) return socket.once('readable', () => source(socket))
  let left = Number(head.readBigUInt64BE())
  const pump = () => {
    if (socket.destroyed) return
    if (left === 0) return socket.end()
    const block = left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK
    left -= block.length
    socket.write(block, () => setImmediate(pump))
  }
  socket.on('end', () => socket.end())
  socket.resume()
  pump()
}
