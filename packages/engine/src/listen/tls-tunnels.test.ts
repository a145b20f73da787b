import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ServedTunnel, soon } from './listener.fixture.ts'
import { resetSocket } from './reset-socket.ts'
import { createStreet, empty, ending, tlsTunnel, until } from './street.fixture.ts'

const street = createStreet()
const { certificates, open, tcp, tls, tlsRefusal } = street
beforeAll(street.prepare)
afterEach(street.close)

describe('listen: a passthrough tunnel', () => {
  const serve = async (onSocket: (socket: TLSSocket) => void): Promise<Server> => {
    const server = createTlsServer(
      { ...certificates.own.leaf, ALPNProtocols: ['towline/1', 'own'], allowHalfOpen: true },
      onSocket,
    )
    server.on('tlsClientError', () => {})
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
    street.defer(() => server.close())
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
      ca: certificates.own.ca,
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
    const options = { servername: 'pass.dev.localhost', ca: certificates.own.ca, ALPNProtocols: ['towline/1'] }
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
    const socket = connectTls({ socket: below, ca: certificates.edge.ca, servername: 'db.dev.localhost' })
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
