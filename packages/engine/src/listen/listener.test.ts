import { once } from 'node:events'
import { connect as connectTcp, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import {
  connect as connectTls,
  createServer as createTlsServer,
  type ConnectionOptions,
  type TLSSocket,
} from 'node:tls'
import { X509Certificate } from 'node:crypto'
import { type ByteSocket, silentLog } from '@towline/base'
import { LIMITS, PREFACE } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FakeTunnel, ok, Wire } from '../edge/edge.fixture.ts'
import type { Visitor } from '../edge/visitor.ts'
import { certified, fixed } from '../tls/certificates.fixture.ts'
import type { CertificateSource, KeyPair } from '../tls/certificate.ts'
import { createDoors } from './doors.ts'
import { type Hall, type HallOptions, openHall, ServedTunnel, soon } from './listener.fixture.ts'
import { resetSocket } from './reset-socket.ts'
import { sniff } from './sniff.ts'

const H2 = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

let edgeCertificate: { ca: string; leaf: KeyPair }
let ownCertificate: { ca: string; leaf: KeyPair }
const closing: (() => unknown)[] = []

beforeAll(async () => {
  edgeCertificate = await certified('localhost', '127.0.0.1', '*.dev.localhost')
  ownCertificate = await certified('pass.dev.localhost')
})

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const open = async (options: HallOptions = {}): Promise<Hall> => {
  const hall = await openHall({ certificates: [fixed(edgeCertificate.leaf)], ...options })
  closing.push(hall.close)
  return hall
}

/** A raw connection, and how it ends: its bytes and then `end`, or the error's code. */
const tcp = (port: number) => {
  const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true })
  closing.push(() => socket.destroy())
  return { socket, over: ending(socket) }
}

const ending = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let got = ''
    socket.on('data', (chunk) => {
      got += chunk.toString('latin1')
    })
    socket.on('end', () => resolve(`${got}end`))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(`${got}${error.code}`))
  })

const tls = async (port: number, options: ConnectionOptions = {}): Promise<TLSSocket> => {
  const below = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true })
  closing.push(() => below.destroy())
  const socket = connectTls({ socket: below, ca: edgeCertificate.ca, servername: 'localhost', ...options })
  closing.push(() => socket.destroy())
  await soon(once(socket, 'secureConnect'), 'the handshake')
  return socket
}

/** Why a handshake failed. */
const tlsRefusal = async (port: number, options: ConnectionOptions = {}): Promise<string> => {
  const socket = connectTls({ port, host: '127.0.0.1', ca: edgeCertificate.ca, servername: 'localhost', ...options })
  closing.push(() => socket.destroy())
  const [error] = (await soon(once(socket, 'error'), 'a refusal')) as [NodeJS.ErrnoException]
  return error.code ?? error.message
}

/** Waits until every visitor has left. */
const empty = (hall: Hall): Promise<void> => {
  const left = async (): Promise<void> => {
    while (hall.listener.visitors > 0) await new Promise((next) => setImmediate(next))
  }
  return soon(left(), 'an empty hall')
}

const until = async (socket: Socket, text: string): Promise<string> => {
  let got = ''
  return soon(
    new Promise((resolve) => {
      socket.on('data', (chunk) => {
        got += chunk.toString('latin1')
        if (got.includes(text)) resolve(got)
      })
    }),
    text,
  )
}

const tlsTunnel = (over: object = {}): FakeTunnel => new FakeTunnel({ kind: 'tls', name: 'db', ...over })

describe('listen sniff', () => {
  it.each([
    ['tls', '\x16\x03\x01'],
    ['link', PREFACE],
    ['h2', H2],
    ['http1', 'GET / HTTP/1.1\r\n'],
    ['http1', 'PRINT / HTTP/1.1\r\n'],
    ['http1', 'TOWLINE / HTTP/1.1\r\n'],
    ['unknown', '\x00\x01'],
    ['unknown', '\r\n'],
    ['unknown', '{"a":1}'],
  ])('tells %s from its first bytes, at every length', (spoken, text) => {
    const told = Array.from({ length: text.length }, (_, length) =>
      sniff(Buffer.from(text.slice(0, length + 1), 'latin1')),
    )
    const settled = told.filter((one) => one !== 'more')
    expect(new Set(settled)).toEqual(new Set([spoken]))
    expect(told.lastIndexOf('more')).toBeLessThan(told.indexOf(settled[0] as never))
  })
})

describe('listen: turns away', () => {
  it('bytes of no protocol', async () => {
    const hall = await open()
    const { socket, over } = tcp(hall.port)
    socket.write('\x00\x01\x02')
    expect(await soon(over, 'the reset')).toBe('ECONNRESET')
  })

  it.each([
    ['says nothing', ''],
    ['says too little', 'TOWL'],
    ['stops within a ClientHello', '\x16\x03\x01\x02\x00\x01'],
  ])('a connection that %s', async (_what, text) => {
    const hall = await open({ limits: { sniffMs: 20 } })
    const { socket, over } = tcp(hall.port)
    if (text !== '') socket.write(text, 'latin1')
    expect(await soon(over, 'the reset')).toBe('ECONNRESET')
  })

  it('visitors over the bound, before they cost anything, until one leaves', async () => {
    const web = new FakeTunnel()
    const hall = await open({ limits: { engineConnections: 1 }, http: new Map([['web.dev.localhost', web]]) })
    const first = tcp(hall.port)
    first.socket.write('GET / HTTP/1.1\r\nHost: web.dev.localhost\r\n\r\n')
    await web.stream()
    const second = tcp(hall.port)
    second.socket.write('GET / HTTP/1.1\r\nHost: web.dev.localhost\r\n\r\n')
    expect([await soon(second.over, 'the reset'), hall.listener.visitors]).toEqual(['ECONNRESET', 1])
    const stream = await web.stream()
    resetSocket(first.socket)
    await stream.rest()
    expect([stream.state, hall.listener.visitors]).toEqual([0, 0])
  })

  it('a plain link from another machine', () => {
    const told: string[] = []
    const doors = createDoors({
      router: { tls: () => undefined },
      edge: { accept: () => told.push('edge'), admit: () => undefined },
      gateway: { http2: () => told.push('gateway') },
      acceptLink: () => told.push('link'),
      limits: LIMITS,
      log: silentLog(),
    })
    const socket = { remoteAddress: '192.0.2.1', reset: () => told.push('reset'), bulk: () => told.push('bulk') }
    doors.enter(socket as unknown as ByteSocket, { spoken: 'link', first: Buffer.from(PREFACE) })
    expect(told).toEqual(['reset'])
  })

  it('TLS that cannot be agreed on, quietly', async () => {
    const hall = await open()
    const refusals = [
      await tlsRefusal(hall.port, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
      await tlsRefusal(hall.port, { ALPNProtocols: ['smtp'] }),
      await tlsRefusal(hall.port, { ALPNProtocols: ['towline/1'], maxVersion: 'TLSv1.2' }),
    ]
    expect(refusals).toEqual([
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    ])
    await empty(hall)
    expect(hall.logged.filter(({ level }) => level !== 'debug')).toEqual([])
  })

  it('TLS where there is no certificate', async () => {
    const hall = await openHall()
    closing.push(hall.close)
    expect(await tlsRefusal(hall.port)).toBe('ECONNRESET')
  })

  it('everybody once it is closed', async () => {
    const web = new FakeTunnel()
    const hall = await open({ http: new Map([['web.dev.localhost', web]]) })
    const inside = tcp(hall.port)
    inside.socket.write('GET / HTTP/1.1\r\nHost: web.dev.localhost\r\n\r\n')
    await web.stream()
    const arriving = tcp(hall.port)
    arriving.socket.write('TOW')
    const secure = await tls(hall.port)
    const page = until(secure, 'TUNNEL_UNKNOWN')
    secure.write('GET / HTTP/1.1\r\nHost: nobody.dev.localhost\r\n\r\n')
    await page
    const secureOver = ending(secure)
    await hall.listener.close()
    await hall.listener.close()
    expect(await soon(Promise.all([inside.over, secureOver]), 'the resets')).toEqual(['ECONNRESET', 'ECONNRESET'])
    const late = tcp(hall.port)
    expect(await soon(late.over, 'the refusal')).toBe('ECONNREFUSED')
  })
})

describe('listen: hands over', () => {
  it('plain links from this machine, with every byte from the preface on', async () => {
    const hall = await open()
    const { socket, over } = tcp(hall.port)
    for (const letter of PREFACE) socket.write(letter)
    const { channel, info } = await hall.link()
    const wire = new Wire(channel)
    socket.write('frames')
    expect(await wire.until('frames')).toBe(`${PREFACE}frames`)
    wire.send('welcome')
    channel.end()
    socket.end()
    expect([await over, info.address, info.transport]).toEqual(['welcomeend', '127.0.0.1', 'plain'])
    expect(hall.listener.visitors).toBe(0)
  })

  it('links over TLS 1.3, which count as no visitors', async () => {
    const hall = await open()
    const socket = await tls(hall.port, { ALPNProtocols: ['towline/1'] })
    const { channel, info } = await hall.link()
    const wire = new Wire(channel)
    socket.write(PREFACE)
    expect(await wire.until(PREFACE)).toBe(PREFACE)
    expect([socket.getProtocol(), socket.alpnProtocol, info.transport]).toEqual(['TLSv1.3', 'towline/1', 'tls'])
    const back = until(socket, 'x'.repeat(100_000))
    wire.send('x'.repeat(100_000))
    expect((await back).length).toBe(100_000)
    expect(hall.listener.visitors).toBe(0)
  })

  it('HTTP/1 over TLS to the edge, which tells the service that it was secure', async () => {
    const web = new FakeTunnel()
    const hall = await open({ http: new Map([['web.dev.localhost', web]]) })
    const socket = await tls(hall.port, { ALPNProtocols: ['http/1.1'], servername: 'web.dev.localhost' })
    const body = 'y'.repeat(300_000)
    const answer = until(socket, body)
    socket.write('GET /page HTTP/1.1\r\nHost: web.dev.localhost\r\n\r\n')
    const stream = await web.stream()
    const head = await stream.until('\r\n\r\n')
    expect(head).toContain('X-Forwarded-Proto: https\r\n')
    stream.send(ok(body))
    expect((await answer).startsWith('HTTP/1.1 200 OK')).toBe(true)
    const second = until(socket, 'again')
    socket.write('GET /2 HTTP/1.1\r\nHost: web.dev.localhost\r\n\r\n')
    await stream.until('\r\n\r\n')
    stream.send(ok('again'))
    expect(await second).toContain('again')
  })

  it('API hosts over TLS to the API, after a page of the edge on the same connection', async () => {
    const hall = await open()
    const socket = await tls(hall.port)
    const page = until(socket, 'TUNNEL_UNKNOWN')
    socket.write('GET / HTTP/1.1\r\nHost: nobody.dev.localhost\r\n\r\n')
    await page
    const answer = until(socket, 'api /x true')
    socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(await answer).toContain('HTTP/1.1 200 OK')
  })

  it('HTTP/2 to the gateway, by ALPN and by prior knowledge, with what was read', async () => {
    const came: [string, Visitor][] = []
    const hall = await open({
      http2: (socket, visitor) => {
        socket.once('data', (chunk: Buffer) => {
          came.push([chunk.toString('latin1'), visitor])
          socket.end('bye')
        })
        socket.resume()
      },
    })
    const secure = await tls(hall.port, { ALPNProtocols: ['h2', 'http/1.1'] })
    const secureOver = ending(secure)
    secure.write(H2)
    expect([secure.alpnProtocol, await soon(secureOver, 'the answer')]).toEqual(['h2', 'byeend'])
    const plain = tcp(hall.port)
    plain.socket.write(`${H2}rest`)
    expect(await soon(plain.over, 'the answer')).toBe('byeend')
    expect(came.map(([text, { address, secure: isSecure }]) => [text, address, isSecure])).toEqual([
      [H2, '127.0.0.1', true],
      [`${H2}rest`, '127.0.0.1', false],
    ])
  })

  it('each server name its certificate, and a changed one from then on', async () => {
    let pair = ownCertificate.leaf
    let tell = (): void => {}
    const changing: CertificateSource = {
      current: () => pair,
      onChange: (listener) => {
        tell = listener
        return () => {}
      },
      close: () => Promise.resolve(),
    }
    const hall = await open({ certificates: [fixed(edgeCertificate.leaf), changing] })
    const serial = async (servername: string): Promise<string> => {
      const socket = await tls(hall.port, { servername, rejectUnauthorized: false })
      return socket.getPeerX509Certificate()?.serialNumber ?? 'none'
    }
    const own = await certified('pass.dev.localhost', 'own.test')
    expect(await serial('own.test')).toBe(serialOf(edgeCertificate.leaf))
    pair = own.leaf
    tell()
    expect(await serial('own.test')).toBe(serialOf(own.leaf))
    expect(await serial('web.dev.localhost')).toBe(serialOf(edgeCertificate.leaf))
  })
})

const serialOf = ({ cert }: KeyPair): string => new X509Certificate(cert).serialNumber

describe('listen: a passthrough tunnel', () => {
  const serve = async (onSocket: (socket: TLSSocket) => void): Promise<Server> => {
    const server = createTlsServer(
      { ...ownCertificate.leaf, ALPNProtocols: ['towline/1', 'own'], allowHalfOpen: true },
      onSocket,
    )
    server.on('tlsClientError', () => {})
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
    closing.push(() => server.close())
    return server
  }

  it('refuses an address outside its networks with a reset and never reaches the service', async () => {
    const db = tlsTunnel({ tlsMode: 'passthrough', trustedIps: ['192.0.2.0/24'] })
    const hall = await open({ tls: new Map([['pass.dev.localhost', db]]) })
    expect(await tlsRefusal(hall.port, { servername: 'pass.dev.localhost' })).toBe('ECONNRESET')
    expect([db.callers, hall.listener.visitors]).toEqual([[], 0])
  })

  it('shows the certificate and protocols of the service, undecrypted, and carries bytes both ways', async () => {
    verifies('tunnel.tls.passthrough')
    const server = await serve((socket) => socket.on('data', (chunk) => socket.write(`echo ${chunk}`)))
    const db = new ServedTunnel(() => (server.address() as AddressInfo).port, { kind: 'tls', tlsMode: 'passthrough' })
    const hall = await open({ tls: new Map([['pass.dev.localhost', db]]) })
    const socket = await tls(hall.port, {
      servername: 'pass.dev.localhost',
      ca: ownCertificate.ca,
      ALPNProtocols: ['own'],
    })
    const echo = until(socket, 'echo hello')
    socket.write('hello')
    expect(await echo).toBe('echo hello')
    expect([socket.authorized, socket.alpnProtocol, hall.listener.visitors]).toEqual([true, 'own', 1])
    expect(db.counts).toEqual({ began: 1, answered: 1, ended: 0 })
  })

  it('is reached by its name even with the protocol of links', async () => {
    const server = await serve((socket) => socket.end('mine'))
    const db = new ServedTunnel(() => (server.address() as AddressInfo).port, { kind: 'tls', tlsMode: 'passthrough' })
    const hall = await open({ tls: new Map([['pass.dev.localhost', db]]) })
    const options = { servername: 'pass.dev.localhost', ca: ownCertificate.ca, ALPNProtocols: ['towline/1'] }
    expect(await ending(await tls(hall.port, options))).toBe('mineend')
  })

  it('passes a hello in crumbs on as it came', async () => {
    const db = tlsTunnel({ tlsMode: 'passthrough' })
    const hall = await open({ tls: new Map([['pass.dev.localhost', db]]) })
    const { socket } = tcp(hall.port)
    const hello = await helloOf('pass.dev.localhost')
    socket.setNoDelay(true)
    for (const byte of hello) socket.write(Buffer.from([byte]))
    socket.write('more')
    const stream = await db.stream()
    expect(await stream.until('more')).toBe(`${hello.toString('latin1')}more`)
  })

  it('waits for a host that is away, and gives up with a reset', async () => {
    const db = tlsTunnel({ tlsMode: 'passthrough' })
    db.online = false
    const hall = await open({ tls: new Map([['pass.dev.localhost', db]]) })
    const refusal = tlsRefusal(hall.port, { servername: 'pass.dev.localhost' })
    await db.holding()
    db.held[0]?.(undefined)
    expect(await refusal).toBe('ECONNRESET')
  })
})

/** The bytes Node sends first. */
const helloOf = async (servername: string): Promise<Buffer> => {
  const server = createServer()
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const socket = connectTls({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername })
  socket.on('error', () => {})
  const [accepted] = (await once(server, 'connection')) as [Socket]
  const [hello] = (await once(accepted, 'data')) as [Buffer]
  accepted.destroy()
  socket.destroy()
  server.close()
  return hello
}

describe('listen: a terminated tunnel', () => {
  const visit = async (over: object = {}) => {
    const db = tlsTunnel(over)
    const hall = await open({ tls: new Map([['db.dev.localhost', db]]) })
    const socket = await tls(hall.port, { servername: 'db.dev.localhost' })
    const over_ = ending(socket)
    return { db, hall, socket, over: over_, stream: await db.stream() }
  }

  it('refuses an address outside its networks before the handshake', async () => {
    const db = tlsTunnel({ trustedIps: ['192.0.2.0/24'] })
    const hall = await open({ tls: new Map([['db.dev.localhost', db]]) })
    expect(await tlsRefusal(hall.port, { servername: 'db.dev.localhost' })).toBe('ECONNRESET')
    expect([db.callers, hall.listener.visitors]).toEqual([[], 0])
  })

  it('forwards plain bytes both ways and half-closes each way on its own', async () => {
    verifies('tunnel.tls.terminated')
    const { db, hall, socket, over, stream } = await visit()
    socket.write('question')
    socket.end()
    await stream.rest()
    expect([stream.received, stream.hasEnded, stream.state]).toEqual(['question', true, 'open'])
    stream.send('a late answer')
    stream.channel.end()
    expect(await soon(over, 'the end')).toBe('a late answerend')
    await empty(hall)
    expect([db.counts, stream.state]).toEqual([{ began: 1, answered: 1, ended: 1 }, 'closed'])
  })

  it('half-closes in the other direction too', async () => {
    const { socket, over, stream } = await visit()
    stream.send('bye')
    stream.channel.end()
    expect(await soon(over, 'the end')).toBe('byeend')
    socket.write('still here')
    await stream.until('still here')
    socket.end()
    await stream.when(() => stream.state === 'closed', 'the close')
  })

  it('carries megabytes to a visitor that reads late', async () => {
    const { socket, stream } = await visit()
    socket.pause()
    const block = 'z'.repeat(1024 * 1024)
    let got = 0
    stream.send(block.repeat(4))
    stream.channel.end()
    const read = new Promise<void>((resolve) => socket.on('end', resolve))
    socket.on('data', (chunk) => {
      got += chunk.length
    })
    socket.resume()
    await soon(read, 'the end')
    expect(got).toBe(4 * block.length)
  })

  it('resets the visitor when the service resets', async () => {
    const { over, stream } = await visit()
    stream.channel.reset(3)
    expect(await soon(over, 'the reset')).toBe('ECONNRESET')
  })

  it('resets the service when the visitor resets', async () => {
    const db = tlsTunnel()
    const hall = await open({ tls: new Map([['db.dev.localhost', db]]) })
    const below = connectTcp({ port: hall.port, host: '127.0.0.1' }).on('error', () => {})
    const socket = connectTls({ socket: below, ca: edgeCertificate.ca, servername: 'db.dev.localhost' })
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    const stream = await db.stream()
    const hello = until(socket, 'hello')
    stream.send('hello')
    await hello
    resetSocket(below, socket)
    await stream.rest()
    expect([stream.state, stream.hasEnded]).toEqual([3, false])
  })
})
