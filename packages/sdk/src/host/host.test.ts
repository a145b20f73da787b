/** Proves how tunnels are served: by a target, with everything a connection can do, and by an HTTP server of this process. */
import { createServer as createHttp } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { createServer as createTls } from 'node:tls'
import { type Limits, LIMITS, RESET } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { HERE } from '../testing/certificates.fixture.ts'
import { FakeEngine } from '../testing/fake-engine.fixture.ts'
import { open as listen } from '../testing/strangers.fixture.ts'
import { connect, type Towline } from '../towline.ts'
import type { Target } from './target.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

const linked = async (limits: Limits = LIMITS): Promise<{ engine: FakeEngine; towline: Towline }> => {
  const engine = await FakeEngine.open()
  open.push(engine)
  const towline = await connect({ ...engine.trusted, limits })
  open.push(towline)
  return { engine, towline }
}

/** A service, and its connections as they come. */
const service = async (onConnection: (socket: Socket) => void): Promise<number> => {
  const opened = await listen(createServer({ allowHalfOpen: true }, onConnection))
  open.push(opened)
  return opened.port
}

describe('sdk host: a target that cannot be served', () => {
  it('sdk host: resets a visitor of a service that is down, tells why, and stays up', async () => {
    const port = await service(() => {})
    await open.pop()?.close()
    const { engine, towline } = await linked()
    const tunnel = await towline.forward({ host: '127.0.0.1', port }, { name: 'web' })
    const told = new Promise((done) => tunnel.events.on(done))
    const { ear } = engine.visit('web', { requestId: 'req_1' })
    await ear.until(() => ear.said.length > 0)
    expect(ear.said).toEqual([`closed ${RESET.upstreamRefused}`])
    expect(await told).toMatchObject({
      type: 'refused',
      error: { code: 'UPSTREAM_REFUSED' },
      from: '192.0.2.7:4711',
      requestId: 'req_1',
    })
    expect(tunnel.status).toBe('online')
  })

  it('sdk host: tells a TLS service that does not answer in time', async () => {
    const port = await service(() => {})
    const { engine, towline } = await linked({ ...LIMITS, upstreamConnectMs: 100 })
    await towline.forward(`https://127.0.0.1:${port}`, { name: 'web' })
    const { ear } = engine.visit('web')
    await ear.until(() => ear.said.length > 0)
    expect(ear.said).toEqual([`closed ${RESET.upstreamTimeout}`])
  })

  it('sdk host: refuses a certificate that is not trusted on another machine, and takes it when told to', async () => {
    const opened = await listen(createTls(HERE, (socket) => void socket.end('hello')))
    open.push(opened)
    const { engine, towline } = await linked()
    // Written so, the address is not taken for this machine, and still leads to it.
    const target: Target = { host: '::ffff:127.0.0.1', port: opened.port, tls: true }
    const tunnel = await towline.forward(target, { name: 'web' })
    const told = new Promise((done) => tunnel.events.on(done))
    const refused = engine.visit('web')
    expect(await told).toMatchObject({ type: 'refused', error: { code: 'UPSTREAM_UNTRUSTED' } })
    await refused.ear.until(() => refused.ear.said.length > 0)
    expect(refused.ear.said).toEqual([`closed ${RESET.upstreamRefused}`])
    await towline.forward({ ...target, insecure: true }, { name: 'insecure' })
    const { ear } = engine.visit('insecure')
    await ear.until(() => ear.said.includes('ended'))
    expect(ear.bytes.toString()).toBe('hello')
  })
})

describe('sdk host: a target', () => {
  it('sdk host: carries bytes both ways, those before the connection stands too, and half-close each way', async () => {
    const port = await service((socket) => {
      let got = ''
      socket.on('data', (chunk: Buffer) => {
        got += String(chunk)
      })
      socket.on('end', () => socket.end(`you said ${got}`))
    })
    const { engine, towline } = await linked()
    await towline.forward(port, { kind: 'tcp', name: 'db' })
    const { stream, ear } = engine.visit('db')
    stream.write(Buffer.from('first'))
    stream.end()
    await ear.until(() => ear.said.includes('closed undefined'))
    expect([ear.bytes.toString(), ear.said]).toEqual(['you said first', ['ended', 'closed undefined']])
  })

  it('sdk host: passes a reset of the service on to the visitor', async () => {
    const port = await service((socket) => void socket.once('data', () => socket.resetAndDestroy()))
    const { engine, towline } = await linked()
    await towline.forward(port, { name: 'web' })
    const { stream, ear } = engine.visit('web')
    stream.write(Buffer.from('x'))
    await ear.until(() => ear.said.length > 0)
    expect(ear.said).toEqual([`closed ${RESET.upstreamReset}`])
  })

  it('sdk host: passes a reset of the visitor on to the service', async () => {
    let tell = (_code: string): void => {}
    const broken = new Promise<string>((done) => {
      tell = done
    })
    const port = await service((socket) => {
      socket.resume().on('error', (error: NodeJS.ErrnoException) => tell(error.code ?? ''))
      socket.write('hello')
    })
    const { engine, towline } = await linked()
    await towline.forward(port, { name: 'web' })
    const { stream, ear } = engine.visit('web')
    await ear.until(() => ear.bytes.length === 5)
    stream.reset(RESET.cancel)
    expect(await broken).toBe('ECONNRESET')
  })

  it('sdk host: speaks TLS to a service of this machine', async () => {
    const opened = await listen(
      createTls({ ...HERE, allowHalfOpen: true } as never, (socket) => void socket.pipe(socket)),
    )
    open.push(opened)
    const { engine, towline } = await linked()
    await towline.forward(`https://localhost:${opened.port}`, { name: 'web' })
    const { stream, ear } = engine.visit('web')
    const sent = Buffer.alloc(3_000_000, 'towline ')
    stream.write(sent)
    stream.end()
    await ear.until(() => ear.said.includes('ended'))
    expect(ear.bytes.equals(sent)).toBe(true)
  })
})

describe('sdk host: an HTTP server of this process', () => {
  it('sdk host: answers requests without a port, with the address of the visitor', async () => {
    verifies('sdk.node')
    const { engine, towline } = await linked()
    await towline.serve(
      (request, response) => {
        request
          .resume()
          .on('end', () => response.end(`${request.method} ${request.url} from ${request.socket.remoteAddress}\n`))
      },
      { name: 'app', labels: { purpose: 'test' } },
    )
    expect(engine.tunnels).toMatchObject([{ kind: 'http', name: 'app', labels: { purpose: 'test' } }])
    const { stream, ear } = engine.visit('app')
    stream.write(Buffer.from('POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi'))
    stream.write(Buffer.from('GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
    await ear.until(() => ear.said.includes('ended'))
    expect(ear.bytes.toString().match(/^(POST|GET).*$/gm)).toEqual(['POST /a from 192.0.2.7', 'GET /b from 192.0.2.7'])
  })

  it('sdk host: uses a server of the application and survives visitors who break off', async () => {
    const server = createHttp((_request, response) => response.write('begun'))
    const broken = new Promise((done) => server.on('connection', (socket: Socket) => socket.on('close', done)))
    const { engine, towline } = await linked()
    await towline.serve(server, { name: 'app' })
    const { stream, ear } = engine.visit('app', { from: '[2001:db8::1]:7' })
    stream.write(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
    await ear.until(() => ear.bytes.includes('begun'))
    stream.reset()
    await broken
  })
})
