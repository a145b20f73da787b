/** Proves what a webtty server answers on real sockets: native peers, WebSockets, the page, files, and all it turns away. */
import { createConnection } from 'node:net'
import { request } from 'node:http'
import { type ByteServer, fromDuplex, listenBytes, silentLog } from '@towline/base'
import { AppError, FD, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { channelPair } from '../carrier/channel-pair.fixture.ts'
import type { Carrier } from '../carrier/carrier.ts'
import { nativeCarrier } from '../carrier/stream-carrier.ts'
import { openWebSocketCarrier } from '../carrier/web-socket-carrier.ts'
import { connectWebtty } from '../client/connection.ts'
import { runExec } from '../client/run-exec.ts'
import { FakeSessions } from '../session/fake-sessions.fixture.ts'
import { noFiles } from './no-files.ts'
import { FACTS } from './raw-peer.fixture.ts'
import { type Caller, createWebttyServer, type WebttyServer, type WebttyServerOptions } from './webtty-server.ts'

let listener: ByteServer
let server: WebttyServer
let sessions: FakeSessions

const start = async (options: Partial<WebttyServerOptions> = {}, caller?: Caller): Promise<void> => {
  sessions = new FakeSessions()
  sessions.play = (process) => {
    process.prints(FD.stdout, 'hi')
    process.exits()
  }
  server = createWebttyServer({ sessions, facts: { ...FACTS, fsPath: '/fs' }, log: silentLog(), ...options })
  listener = await listenBytes({
    host: '127.0.0.1',
    port: 0,
    onConnection: (socket) => server.serve(socket, caller),
  })
}

beforeEach(() => start())
afterEach(async () => {
  vi.useRealTimers()
  await listener.close()
  await server.close()
})

const restart = async (...options: Parameters<typeof start>): Promise<void> => {
  await listener.close()
  await server.close()
  await start(...options)
}

const native = () =>
  nativeCarrier(fromDuplex(createConnection({ host: '127.0.0.1', port: listener.port, allowHalfOpen: true })))

interface Dial {
  readonly path?: string
  readonly protocol?: string
  readonly headers?: Record<string, string>
}

const dialWs = ({ path = '/', protocol = 'webtty.v1', headers = {} }: Dial = {}): Promise<Carrier> => {
  const socket = new WebSocket(`ws://127.0.0.1:${listener.port}${path}`, protocol, {
    perMessageDeflate: false,
    headers,
  })
  return new Promise((done, fail) => {
    openWebSocketCarrier(socket).then(done, () => {})
    socket.once('unexpected-response', (_request, response) => {
      let text = ''
      response
        .on('data', (chunk) => (text += chunk))
        .on('end', () => fail(new Error(`${response.statusCode} ${(JSON.parse(text) as { code: string }).code}`)))
    })
    socket.once('error', fail)
  })
}

const get = (path: string, headers: Record<string, string> = {}): Promise<string> =>
  new Promise((done, fail) => {
    const asked = request({ host: '127.0.0.1', port: listener.port, path, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk)).on('end', () => done(`${response.statusCode} ${text}`))
    })
    asked.on('error', fail).end()
  })

const EXEC = { kind: 'exec', argv: ['x'] } as const

describe('webtty server: turns away', () => {
  it('a page of another site', async () => {
    await expect(dialWs({ headers: { Origin: 'https://evil.example' } })).rejects.toThrow('403 ORIGIN_REFUSED')
    await expect(dialWs({ headers: { Origin: 'null' } })).rejects.toThrow('403 ORIGIN_REFUSED')
  })

  it('a WebSocket of another protocol, and one elsewhere', async () => {
    await expect(dialWs({ protocol: 'chat' })).rejects.toThrow('400 REQUEST_INVALID')
    await expect(dialWs({ path: '/other' })).rejects.toThrow('404 PAGE_UNKNOWN')
  })

  it('who is not authorized, on every way in', async () => {
    await restart({ authorize: ({ headers }) => headers.authorization === 'Bearer good' }, { native: false })
    await expect(dialWs()).rejects.toThrow('401 UNAUTHENTICATED')
    expect(await get('/')).toMatch(/^401 /)
    expect(await get('/fs/v1/info')).toMatch(/^401 /)
    await expect(connectWebtty(native())).rejects.toMatchObject({ code: 'WEBTTY_LOST' })
    const socket = await dialWs({ headers: { Authorization: 'Bearer good' } })
    socket.close(1000)
  })

  it('who asks for another host, as a page does whose name was led here, even with its token and its own origin', async () => {
    await restart({ hosts: /^127\.0\.0\.1(:\d+)?$/, page: (_request, response) => void response.end('page') })
    const evil = { Host: `evil.example:${listener.port}`, Origin: `http://evil.example:${listener.port}` }
    await expect(dialWs({ headers: evil })).rejects.toThrow('421 HOST_REFUSED')
    expect(await get('/', evil)).toMatch(/^421 /)
    expect(await get('/fs/v1/info', evil)).toMatch(/^421 /)
    expect(await get('/')).toBe('200 page')
  })

  it('a stream that says nothing', () => {
    vi.useFakeTimers()
    const { near, far } = channelPair()
    server.serve(far)
    const closed = vi.fn()
    near.sink = { data() {}, ended() {}, drained() {}, closed }
    near.resume()
    near.write(Buffer.from('webtty'))
    vi.advanceTimersByTime(LIMITS.webttyHelloMs)
    return vi.waitUntil(() => closed.mock.calls.length === 1)
  })

  it('who does not prove itself where encryption is asked for', async () => {
    await restart({
      secure: (carrier) => {
        carrier.close(4403, 'encryption is required')
        return Promise.reject(new AppError('UNAUTHENTICATED'))
      },
    })
    await expect(connectWebtty(native())).rejects.toMatchObject({
      message: expect.stringContaining('the server wants end-to-end encryption') as string,
    })
    expect(server.connections).toBe(0)
  })

  it('everyone after it was closed', async () => {
    const connection = await connectWebtty(native())
    await server.close()
    expect(await connection.closed).toEqual({ code: 4410, reason: 'the server stops' })
    await expect(connectWebtty(native())).rejects.toMatchObject({ code: 'WEBTTY_LOST' })
  })
})

describe('webtty server', () => {
  it('runs a command for a native peer', async () => {
    const connection = await connectWebtty(native())
    expect(connection.server.hostname).toBe('lab.example')
    expect(await runExec(connection, EXEC, { url: 'tow://lab' })).toMatchObject({ state: 'exited', stdout: 'hi' })
    connection.close()
  })

  it.each([
    ['no Origin', undefined],
    ['its own', 'own'],
    ['an allowed one', 'https://dash.example'],
  ])('runs a command over a WebSocket whose Origin is %s', async (_name, origin) => {
    await restart({ origins: ['https://dash.example'] })
    const own = `http://127.0.0.1:${listener.port}`
    const headers = origin === undefined ? undefined : { Origin: origin === 'own' ? own : origin }
    const connection = await connectWebtty(await dialWs(headers && { headers }))
    expect(await runExec(connection, EXEC, { url: own })).toMatchObject({ state: 'exited', stdout: 'hi' })
    connection.close()
    await connection.closed
  })

  it('answers page and files by their handlers, and problems elsewhere', async () => {
    await restart({
      page: (_request, response) => void response.end('page'),
      files: ({ url }, response) => void response.end(`files ${url}`),
    })
    expect(await get('/')).toBe('200 page')
    expect(await get('/fs/v1/info?x=1')).toBe('200 files /fs/v1/info?x=1')
    await restart()
    expect(await get('/fs/v1/info')).toMatch(/^404 .*PAGE_UNKNOWN/)
  })

  it('tells programs that it has no files, instead of showing them the page', async () => {
    await restart({
      facts: FACTS,
      page: (_request, response) => void response.end('page'),
      files: noFiles(new AppError('FILES_OFF', { name: 'lab' })),
    })
    expect(await get('/')).toBe('200 page')
    expect(await get('/fs/v1/info')).toMatch(/^404 .*FILES_OFF.*--fs-root/)
  })

  it('is told who a proven client is, and asks what it may do', async () => {
    const asked: unknown[] = []
    await restart({
      secure: (carrier) =>
        Promise.resolve({ carrier, client: { name: 'anna', fingerprint: 'SHA256:x', roles: ['exec'] } }),
      permit: (ask, client) => asked.push([ask.use, client?.name]),
    })
    const connection = await connectWebtty(native(), { secured: true })
    await runExec(connection, EXEC, { url: '' })
    expect((await connection.list()).length).toBe(1)
    expect(asked).toEqual([
      ['open', 'anna'],
      ['list', 'anna'],
    ])
    connection.close()
  })

  it('refuses to speak in the clear with a server that wants encryption', async () => {
    verifies('e2e.fail-first')
    await restart({ facts: { ...FACTS, e2e: true } })
    const unproven = () => new AppError('E2E_KEY_INVALID', { problem: 'in this test' })
    await expect(connectWebtty(native(), { unproven })).rejects.toMatchObject({ code: 'E2E_KEY_INVALID' })
    expect(sessions.all.size).toBe(0)
  })
})
