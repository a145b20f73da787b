import { X509Certificate } from 'node:crypto'
import { type ByteSocket, silentLog } from '@towline/base'
import { LIMITS, PREFACE } from '@towline/protocol'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ok } from '../edge/edge.fixture.ts'
import { FakeTunnel } from '../edge/fakes.fixture.ts'
import { Wire } from '../edge/memory-channel.fixture.ts'
import type { Visitor } from '../edge/visitor.ts'
import type { CertificateSource, KeyPair } from '../tls/certificate.ts'
import { certified, fixed } from '../tls/certificates.fixture.ts'
import { createDoors } from './doors.ts'
import { openHall, soon } from './listener.fixture.ts'
import { resetSocket } from './reset-socket.ts'
import { createStreet, empty, ending, until } from './street.fixture.ts'

const street = createStreet()
const { certificates, open, tcp, tls, tlsRefusal } = street
beforeAll(street.prepare)
afterEach(street.close)

const H2 = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

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
      edge: { accept: () => told.push('edge'), admission: { admit: () => undefined } },
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
    street.defer(hall.close)
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
    let pair = certificates.own.leaf
    let tell = (): void => {}
    const changing: CertificateSource = {
      current: () => pair,
      onChange: (listener) => {
        tell = listener
        return () => {}
      },
      close: () => Promise.resolve(),
    }
    const hall = await open({ certificates: [fixed(certificates.edge.leaf), changing] })
    const serial = async (servername: string): Promise<string> => {
      const socket = await tls(hall.port, { servername, rejectUnauthorized: false })
      return socket.getPeerX509Certificate()?.serialNumber ?? 'none'
    }
    const own = await certified('pass.dev.localhost', 'own.test')
    expect(await serial('own.test')).toBe(serialOf(certificates.edge.leaf))
    pair = own.leaf
    tell()
    expect(await serial('own.test')).toBe(serialOf(own.leaf))
    expect(await serial('web.dev.localhost')).toBe(serialOf(certificates.edge.leaf))
  })
})

const serialOf = ({ cert }: KeyPair): string => new X509Certificate(cert).serialNumber
