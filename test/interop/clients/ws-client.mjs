/** A WebSocket client on `ws`: `ws-client.mjs ORIGIN` plays every case against clients/ws-service.mjs and prints what it saw as JSON. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import WebSocket from 'ws'

const [, , origin] = process.argv
const LARGEST = 64 * 1024 * 1024

/** Resolvers of the system do not know names below localhost, browsers do. */
const lookup = (_name, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)

const open = async (path = '/', options = {}) => {
  const { protocols, ...rest } = options
  const socket = new WebSocket(origin + path, protocols, {
    lookup,
    maxPayload: LARGEST + 1024,
    perMessageDeflate: false,
    handshakeTimeout: 20_000,
    ...rest,
  })
  await once(socket, 'open')
  return socket
}
const ask = async (socket, data, options = {}) => {
  const answer = once(socket, 'message')
  socket.send(data, options)
  return await answer
}
const closed = async (socket) => {
  const [code, reason] = await once(socket, 'close')
  return { code, reason: String(reason) }
}
const bytes = (length) => {
  const made = Buffer.alloc(length)
  for (let at = 0; at < length; at += 997) made[at] = at / 997
  return made
}
const sha = (data) => createHash('sha256').update(data).digest('hex')

/** Lengths at the edges of the frame's length field (RFC 6455 5.2), and large ones. */
const LENGTHS = [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024, LARGEST]

const CASES = {
  binary: async () => {
    const socket = await open()
    const same = []
    for (const length of LENGTHS) {
      const sent = bytes(length)
      const [data, isBinary] = await ask(socket, sent)
      same.push(isBinary && data.length === length && sha(data) === sha(sent))
    }
    socket.close()
    return same
  },
  text: async () => {
    const socket = await open()
    const same = []
    for (const length of LENGTHS) {
      const sent = 'é'.repeat(length / 2)
      const [data, isBinary] = await ask(socket, sent)
      same.push(!isBinary && String(data) === sent)
    }
    socket.close()
    return same
  },
  deflate: async () => {
    const socket = await open('/', { perMessageDeflate: { threshold: 0 } })
    const sent = 'compress me '.repeat(100_000)
    const [data] = await ask(socket, sent)
    const { extensions } = socket
    socket.close()
    return { extensions, same: String(data) === sent }
  },
  fragments: async () => {
    const socket = await open()
    const answer = once(socket, 'message')
    for (let at = 1; at <= 50; at++) socket.send(`piece ${at} `, { fin: at === 50 })
    const [joined] = await answer
    const [parts] = await ask(socket, 'fragments 3')
    socket.close()
    return { pieces: String(joined).split('piece').length - 1, parts: String(parts) }
  },
  protocol: async () => {
    const socket = await open('/', { protocols: ['chat.1', 'chat.2'] })
    const { protocol } = socket
    socket.close()
    return protocol
  },
  refused: async () => {
    const socket = new WebSocket(`${origin}/refused`, { lookup })
    socket.on('error', () => {})
    const [request, response] = await once(socket, 'unexpected-response')
    request.destroy()
    return response.statusCode
  },
  pings: async () => {
    const socket = await open()
    const pong = once(socket, 'pong')
    socket.ping('from client')
    const [payload] = await pong
    const [heard] = await ask(socket, 'ping from-service')
    socket.close()
    return [String(payload), String(heard)]
  },
  serviceCloses: async () => {
    const ended = []
    for (const order of ['close 1000 done', 'close 1011 it broke', 'close 4321 a reason of its own', 'terminate']) {
      const socket = await open()
      socket.send(order)
      ended.push(await closed(socket))
    }
    return ended
  },
  clientCloses: async () => {
    const witness = await open()
    const ended = []
    for (const [code, reason] of [
      [1000, 'done'],
      [4001, 'a reason of mine'],
      [undefined, undefined],
    ]) {
      const socket = await open(`/?name=c${code}`)
      socket.close(code, reason)
      const seen = await closed(socket)
      ended.push([seen.code, JSON.parse(String((await ask(witness, `ended c${code}`))[0]))])
    }
    const socket = await open('/?name=gone')
    socket.on('error', () => {})
    socket.terminate()
    ended.push(JSON.parse(String((await ask(witness, 'ended gone'))[0])))
    witness.close()
    return ended
  },
  many: async () => {
    const talk = async (_, number) => {
      const socket = await open()
      for (let at = 0; at < 20; at++) {
        const [data] = await ask(socket, `${number}:${at}`)
        if (String(data) !== `${number}:${at}`) throw new Error(`${number}:${at} came back as ${data}`)
      }
      return socket
    }
    const sockets = await Promise.all(Array.from({ length: 200 }, talk))
    const ended = await Promise.all(sockets.map((socket) => (socket.close(1000), closed(socket))))
    return ended.filter(({ code }) => code === 1000).length
  },
  stream: async () => {
    const socket = await open()
    const count = 2_000
    let next = 0
    const all = new Promise((resolve, reject) => {
      socket.on('message', (data) => {
        if (data.readUInt32BE(0) !== next) return reject(new Error(`message ${next} came out of order`))
        next++
        if (next === count) resolve(next)
      })
      socket.on('close', () => reject(new Error(`closed after ${next}`)))
    })
    for (let at = 0; at < count; at++) {
      const message = bytes(10_000)
      message.writeUInt32BE(at, 0)
      socket.send(message)
    }
    const heard = await all
    socket.removeAllListeners('close')
    socket.close()
    return heard
  },
}

const told = {}
for (const [name, play] of Object.entries(CASES)) {
  let timer
  const late = new Promise((_, reject) => (timer = setTimeout(reject, 60_000, new Error('not in time'))))
  told[name] = await Promise.race([play(), late]).catch((error) => `failed: ${error.message}`)
  clearTimeout(timer)
}
process.stdout.write(JSON.stringify(told), () => process.exit(0))
