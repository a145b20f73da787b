/** A WebSocket service on `ws`: it says back what it hears, and does what some words ask of it. Prints `listening PORT`. */
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const LARGEST = 64 * 1024 * 1024

/** Text messages that are orders. */
const ORDERS = {
  close: (socket, [code, ...reason]) => socket.close(Number(code), reason.join(' ')),
  terminate: (socket) => socket.terminate(),
  ping: (socket, [text]) => {
    socket.once('pong', (payload) => socket.send(`pong ${payload}`))
    socket.ping(text)
  },
  fragments: async (socket, [count]) => {
    for (let at = 1; at <= Number(count); at++) socket.send(`part ${at} `, { fin: at === Number(count) })
  },
  /** How the client `name` ended, once it has. */
  ended: (socket, [name]) => ending(name).promise.then((told) => socket.send(JSON.stringify(told))),
}

const endings = new Map()
const ending = (name) => {
  if (!endings.has(name)) endings.set(name, Promise.withResolvers?.() ?? withResolvers())
  return endings.get(name)
}
const withResolvers = () => {
  const made = {}
  made.promise = new Promise((resolve) => (made.resolve = resolve))
  return made
}

const http = createServer((_request, response) => response.writeHead(426).end('a WebSocket is wanted here'))
const server = new WebSocketServer({
  server: http,
  maxPayload: LARGEST + 1024,
  perMessageDeflate: { threshold: 0 },
  handleProtocols: (offered) => (offered.has('chat.2') ? 'chat.2' : false),
  verifyClient: ({ req }, answer) => (req.url === '/refused' ? answer(false, 401, 'not you') : answer(true)),
})
server.on('connection', (socket, request) => {
  const name = new URL(request.url, 'ws://x').searchParams.get('name')
  socket.on('error', () => {})
  socket.on('close', (code, reason) => ending(name).resolve({ code, reason: String(reason) }))
  socket.on('message', (data, isBinary) => {
    const [word, ...rest] = isBinary || data.length > 100 ? [] : String(data).split(' ')
    const order = ORDERS[word]
    if (order) order(socket, rest)
    else socket.send(data, { binary: isBinary, compress: false })
  })
})
http.listen(0, '127.0.0.1', () => process.stdout.write(`listening ${http.address().port}\n`))
