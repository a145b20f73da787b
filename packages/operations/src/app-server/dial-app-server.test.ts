/** Proves connecting to an app-server: with the token in its place, and refusals in the words that people know. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { Secret } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { tempFolder, within } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { dialAppServer, type DialAppServerRequest } from './dial-app-server.ts'
import { parseRemote } from './remote-address.ts'

const opened: Server[] = []
const connected = new Set<Socket>()
afterEach(async () => {
  for (const socket of connected) socket.destroy()
  connected.clear()
  for (const server of opened.splice(0)) {
    await new Promise((done) => server.close(done))
  }
})

/** Greets before it is asked anything; `status` is answered instead of letting anybody in. */
const listen = async (
  where: string | number,
  status?: number,
): Promise<{ server: Server; heads: IncomingMessage[] }> => {
  const heads: IncomingMessage[] = []
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    heads.push(request)
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`)
    sockets.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('{"hello":1}'))
  })
  server.on('connection', (socket) => connected.add(socket))
  opened.push(server)
  await new Promise<void>((done) =>
    typeof where === 'string' ? server.listen(where, done) : server.listen(where, '127.0.0.1', done),
  )
  return { server, heads }
}

const ask = (address: string, more: Partial<DialAppServerRequest> = {}): DialAppServerRequest => ({
  address: parseRemote(address),
  connection: () => Promise.reject(new Error('not asked for')),
  agent: 'towline/test',
  signal: new AbortController().signal,
  ...more,
})
const urlOf = (server: Server): string => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`

describe('dial app-server', () => {
  it('sends the token as a bearer, and loses nothing that comes at once', async () => {
    verifies('tui.token')
    const { server, heads } = await listen(0)
    const socket = await dialAppServer(ask(urlOf(server), { token: new Secret('abc') }))
    const first = new Promise((done) => socket.once('message', (data) => done(String(data))))
    socket.resume()
    expect(await within('a message', first)).toBe('{"hello":1}')
    expect(heads[0]?.headers).toMatchObject({ authorization: 'Bearer abc' })
    expect(heads[0]?.headers.origin).toBeUndefined()
    expect(heads[0]?.headers['sec-websocket-extensions']).toBeUndefined()
    socket.terminate()
  })

  it('reaches a socket of this machine', async () => {
    verifies('tui.remote')
    const folder = tempFolder('app')
    const path = join(folder.path, 's')
    await listen(path)
    const socket = await dialAppServer(ask(`unix://${path}`))
    expect(socket.readyState).toBe(socket.OPEN)
    socket.terminate()
    folder.remove()
  })

  it('takes a name below localhost for this machine, whatever the system resolves', async () => {
    verifies('tui.remote')
    const { server } = await listen(0)
    const socket = await dialAppServer(ask(urlOf(server).replace('127.0.0.1', 'devbox.dev.localhost')))
    expect(socket.readyState).toBe(socket.OPEN)
    socket.terminate()
  })

  it('says of a socket that is not there what is to be done about it', async () => {
    await expect(dialAppServer(ask('unix:///nowhere/app.sock'))).rejects.toMatchObject({
      code: 'APP_SERVER_UNREACHABLE',
      message: 'Failed to connect to remote app server at `unix:///nowhere/app.sock`: there is no such socket',
    })
  })

  it.each([
    [401, 'APP_SERVER_REFUSED', 'HTTP error: 401 Unauthorized'],
    [403, 'APP_SERVER_REFUSED', 'HTTP error: 403 Forbidden'],
    [503, 'APP_SERVER_UNREACHABLE', 'HTTP error: 503 Service Unavailable'],
  ])('tells that it was answered %i', async (status, code, words) => {
    verifies('tui.token')
    const { server } = await listen(0, status)
    const url = urlOf(server)
    await expect(dialAppServer(ask(url))).rejects.toMatchObject({
      code,
      message: `Failed to connect to remote app server at \`${url}/\`: ${words}`,
    })
  })

  it('tells that nobody listens', async () => {
    const { server } = await listen(0)
    const url = urlOf(server)
    await new Promise((done) => server.close(done))
    await expect(dialAppServer(ask(url))).rejects.toMatchObject({
      code: 'APP_SERVER_UNREACHABLE',
      details: { url: `${url}/`, problem: 'nothing listens there (ECONNREFUSED)' },
    })
  })

  it('gives up a connection that has fallen silent', async () => {
    verifies('tui.reconnect')
    const { server } = await listen(0)
    server.on('upgrade', (_request, socket) => void socket.pause())
    const limits = { ...LIMITS, appClientPingMs: 5 }
    const socket = await dialAppServer(ask(urlOf(server), { limits }))
    const closed = new Promise((done) => socket.once('close', done))
    socket.resume()
    await within('the end of it', closed)
  })

  it('gives up who does not answer, and stops when it is told to', async () => {
    const silent = createServer()
    silent.on('upgrade', (_request, socket) =>
      socket
        .on('error', () => {})
        .on('data', () => {})
        .on('end', () => socket.end()),
    )
    silent.on('connection', (socket) => connected.add(socket))
    opened.push(silent)
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
    const limits = { ...LIMITS, appClientConnectMs: 5 }
    await expect(dialAppServer(ask(urlOf(silent), { limits }))).rejects.toMatchObject({
      details: { problem: 'it did not answer in time' },
    })
    const ending = new AbortController()
    const dialing = dialAppServer(ask(urlOf(silent), { signal: ending.signal }))
    ending.abort(new Error('enough'))
    await expect(dialing).rejects.toThrow('enough')
  })
})
