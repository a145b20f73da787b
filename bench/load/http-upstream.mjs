/** The service behind every HTTP tunnel: `GET /` is answered with 2 bytes by hand, anything else is echoed by node:http. */
import http from 'node:http'
import net from 'node:net'

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok')
const FAST = 'GET / '
const END = '\r\n\r\n'

/** The whole body first: not every proxy carries an answer that overtakes its request. */
const echoes = http.createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray())
  response.writeHead(200, { 'content-length': body.length, connection: 'close' })
  response.end(body)
})

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  socket.once('data', (head) => answerFast(socket, head))
})
server.listen({ port: Number(process.argv[3] ?? 0), host: process.argv[2] ?? '127.0.0.1', backlog: 4096 }, () => {
  console.log(JSON.stringify({ port: server.address().port }))
})
process.stdin.resume().on('end', () => process.exit(0))

/** Requests have no bodies here: every empty line is one request. Anything else moves the connection to node:http. */
function answerFast(socket, head) {
  let rest = ''
  const receive = (bytes) => {
    if (rest === '' && bytes.toString('latin1', 0, FAST.length) !== FAST) {
      socket.off('data', receive)
      return echo(socket, bytes)
    }
    const parts = (rest + bytes.toString('latin1')).split(END)
    rest = parts.pop()
    if (parts.length === 1) socket.write(ANSWER)
    else if (parts.length > 1) socket.write(Buffer.concat(parts.map(() => ANSWER)))
  }
  socket.on('data', receive)
  receive(head)
}

function echo(socket, head) {
  socket.pause()
  socket.unshift(head)
  echoes.emit('connection', socket)
  socket.resume()
}
