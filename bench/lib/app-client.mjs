/** A client of an app-server that does little with what it hears, so that the server is what is measured. */
import { WebSocket } from 'ws'

const ANSWER_MS = 120_000

/** Connected, and has said hello. `heard` counts notifications; `until(method)` waits for one. */
export async function connectApp(url) {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const waiting = new Map()
  const untils = new Map()
  const face = { socket, heard: 0, errors: 0, ask, send, until, close }
  let last = 0
  socket.on('message', (bytes) => {
    const text = String(bytes)
    if (text.startsWith('{"method":')) return notified(text)
    const message = JSON.parse(text)
    if (message.error) face.errors += 1
    waiting.get(message.id)?.(message)
    waiting.delete(message.id)
  })
  function notified(text) {
    face.heard += 1
    const method = text.slice(11, text.indexOf('"', 11))
    untils.get(method)?.()
  }
  function send(method, params = {}) {
    const id = (last += 1)
    socket.send(JSON.stringify({ id, method, params }))
    return id
  }
  function ask(method, params) {
    const id = send(method, params)
    return inTime(method, (resolve) => waiting.set(id, resolve))
  }
  function until(method) {
    return inTime(method, (resolve) => untils.set(method, resolve))
  }
  async function close() {
    socket.terminate()
  }
  const at = performance.now()
  await ask('initialize', { clientInfo: { name: 'bench', title: null, version: '1.0.0' } })
  face.helloMs = performance.now() - at
  socket.send('{"method":"initialized"}')
  return face
}

function inTime(what, begin) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} did not come`)), ANSWER_MS)
    begin((value) => {
      clearTimeout(timer)
      resolve(value)
    })
  })
}
