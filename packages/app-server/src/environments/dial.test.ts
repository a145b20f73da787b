/** Proves that environments are reached by WebSocket with a token, by a program, and by a way that is handed in. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Secret } from '@towline/base'
import { type BareSpec, LIMITS, type Processes } from '@towline/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { memoryWires } from '../rpc/memory-wires.ts'
import type { Wire } from '../rpc/wire.ts'
import { dialEnvironmentBy } from './dial-environment.ts'
import { dialWebSocket } from './dial-web-socket.ts'

const signal = new AbortController().signal

describe('dialing', () => {
  let server: WebSocketServer
  let url: string
  let wire: Wire | undefined
  const connected = async (): Promise<[WebSocket, import('node:http').IncomingMessage]> =>
    (await once(server, 'connection')) as [WebSocket, import('node:http').IncomingMessage]
  beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`
    wire = undefined
  })
  afterEach(async () => {
    vi.useRealTimers()
    wire?.close()
    for (const socket of server.clients) socket.terminate()
    server.close()
    await once(server, 'close')
  })

  it('sends the token in a field, and hears what was said before anybody listened', async () => {
    const greeted = connected().then(([socket, request]) => {
      socket.send('hello')
      return request.headers
    })
    wire = await dialWebSocket({ kind: 'url', url, bearer: new Secret('t'), requestId: 'r' }, signal)
    expect(await greeted).toMatchObject({ authorization: 'Bearer t', 'x-request-id': 'r' })
    const heard = new Promise((message) => {
      if (wire) wire.sink = { message, drained: () => undefined, closed: () => undefined }
    })
    wire.resume()
    expect(await heard).toBe('hello')
  })

  it('tells why it was not reached, without the path', async () => {
    server.close()
    await expect(dialWebSocket({ kind: 'url', url: 'ws://127.0.0.1:1/secret' }, signal)).rejects.toThrow(
      /^failed to connect to exec-server websocket `ws:\/\/127\.0\.0\.1:1`: /,
    )
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
  })

  it('gives up when it is told to', async () => {
    const abort = new AbortController()
    abort.abort(new Error('late'))
    await expect(dialWebSocket({ kind: 'url', url }, abort.signal)).rejects.toThrow('late')
  })

  it('closes one that answers no ping', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const accepted = connected()
    wire = await dialWebSocket({ kind: 'url', url }, signal)
    const [socket] = await accepted
    socket.pause()
    const closed = new Promise<void>((done) => {
      if (wire) wire.sink = { message: () => undefined, drained: () => undefined, closed: () => done() }
    })
    await vi.advanceTimersByTimeAsync(2 * LIMITS.execClientPingMs)
    await closed
  })
})

describe('dialing by kind', () => {
  const specs: BareSpec[] = []
  const processes: Processes = {
    start: (spec) => {
      specs.push(spec)
      return Promise.reject(new Error('not started'))
    },
    close: () => undefined,
  }

  it('starts programs with what they are given', async () => {
    const dial = dialEnvironmentBy({ processes, env: { A: '1', B: undefined } })
    const address = { kind: 'program', program: 'x', args: ['y'], env: { C: '2' }, cwd: '/srv' } as const
    await expect(dial(address, signal)).rejects.toThrow('not started')
    expect(specs).toMatchObject([{ argv: ['x', 'y'], env: { A: '1', C: '2' }, cwd: '/srv' }])
  })

  it('goes to machines by the way that is handed in, and nowhere without', async () => {
    const address = { kind: 'url', url: 'tow://lab' } as const
    await expect(dialEnvironmentBy({ processes, env: {} })(address, signal)).rejects.toMatchObject({
      code: 'TARGET_INVALID',
    })
    const [near] = memoryWires()
    const machine = vi.fn(() => Promise.resolve(near))
    expect(await dialEnvironmentBy({ processes, env: {}, machine })(address, signal)).toBe(near)
    expect(machine).toHaveBeenCalledWith('tow://lab', signal)
  })
})
