/** Proves what each kind of tunnel carries, with real sockets and TLS clients: half-closes, resets, server names, dials. */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, createServer as createTls, type TLSSocket } from 'node:tls'
import { RESET } from '@towline/protocol'
import {
  openEcho,
  openSystem,
  openTcpService,
  openWire,
  type Service,
  type System,
  verifies,
  wireOf,
  within,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const MiB = 1024 * 1024

/** The public port of a TCP tunnel. */
const portOf = (url: string): number => Number(new URL(url).port)

describe('kinds: tcp', () => {
  let system: System
  beforeAll(async () => {
    system = await openSystem()
  })
  afterAll(() => system?.close())

  /** A service of which one connection is looked at, and a visitor of its own. */
  const joined = async (onSocket: (socket: Socket) => void) => {
    const service = await openTcpService(onSocket)
    const tunnel = await system.serve({ kind: 'tcp' }, service.port)
    const visitor = await openWire(portOf(tunnel.url))
    return { service, tunnel, visitor }
  }

  it('resets a visitor when the service is not there, and the tunnel stays', async () => {
    verifies('tunnel.tcp')
    const service = await openEcho()
    await service.close()
    const tunnel = await system.serve({ kind: 'tcp' }, service.port)
    using visitor = await openWire(portOf(tunnel.url))
    expect(await visitor.over()).toBe('ECONNRESET')
    expect(tunnel.status).toBe('online')
  })

  it('passes a half-close through: the service answers after the visitor has said its last byte', async () => {
    verifies('tunnel.tcp')
    const { visitor, service } = await joined((socket) => {
      let heard = ''
      socket.on('data', (part) => (heard += String(part)))
      socket.on('end', () => socket.end(`heard ${heard}`))
    })
    visitor.socket.end('everything')
    await visitor.until(/^heard everything$/)
    expect(await visitor.over()).toBe('end')
    await service.close()
  })

  it('passes the half-close of the service through, while the visitor goes on', async () => {
    verifies('tunnel.tcp')
    const { visitor, service } = await joined((socket) => {
      socket.end('greeting')
      socket.on('data', (part) => late.push(String(part)))
    })
    const late: string[] = []
    await visitor.until(/^greeting$/)
    expect(await visitor.over()).toBe('end')
    visitor.socket.end('still here')
    await within('the last words', new Promise((done) => service.sockets[0]?.on('end', done)))
    expect(late.join('')).toBe('still here')
    await service.close()
  })

  it('passes a reset of the service through', async () => {
    verifies('tunnel.tcp')
    const { visitor, service } = await joined((socket) => socket.once('data', () => socket.resetAndDestroy()))
    visitor.socket.write('x')
    expect(await visitor.over()).toBe('ECONNRESET')
    await service.close()
  })

  it('passes a reset of the visitor through', async () => {
    verifies('tunnel.tcp')
    let broken: Promise<unknown> = Promise.resolve()
    const { visitor, service } = await joined((socket) => {
      broken = new Promise((resolve) => socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code)))
      socket.write('hello')
    })
    await visitor.until(/hello/)
    ;(visitor.socket as Socket).resetAndDestroy()
    expect(await within('the reset', broken)).toBe('ECONNRESET')
    await service.close()
  })

  it('carries more than any window to a slow reader without losing a byte', async () => {
    verifies('tunnel.tcp', 'link.mux')
    const { visitor, service } = await joined((socket) => socket.end(Buffer.alloc(24 * MiB, 'slow')))
    visitor.socket.pause()
    using quick = await openWire(portOf((await system.serve({ kind: 'tcp' }, service.port)).url))
    await quick.over()
    visitor.socket.resume()
    expect(await visitor.over()).toBe('end')
    expect([quick, visitor].map((wire) => wire.text().length)).toEqual([24 * MiB, 24 * MiB])
    await service.close()
  })
})

describe('kinds: tls', () => {
  let system: System
  let other: System
  let echo: Service
  beforeAll(async () => {
    // Another system's folder holds another CA, and a certificate of it for the same hosts.
    ;[system, other, echo] = await Promise.all([openSystem(), openSystem(), openEcho()])
  })
  afterAll(() => Promise.all([system?.close(), other?.close(), echo?.close()]))

  const greet = (servername: string, ca: string | undefined): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: system.port, servername, ...(ca === undefined ? {} : { ca }) }
      const socket = connectTls(options)
      socket.once('error', reject).once('secureConnect', () => resolve(socket.off('error', reject)))
      socket.once('close', () => reject(new Error('closed before the handshake was done')))
    })

  it('terminates TLS at the edge and passes the bytes on', async () => {
    verifies('tunnel.tls.terminated')
    await system.serve({ kind: 'tls', name: 'ended' }, echo.port)
    using wire = wireOf(await greet('ended.dev.localhost', system.ca))
    wire.socket.end('over tls')
    await wire.until(/^over tls$/)
    expect(await wire.over()).toBe('end')
  })

  it('refuses a terminated tunnel to a client that trusts another CA', async () => {
    verifies('tunnel.tls.terminated')
    await system.serve({ kind: 'tls', name: 'ended' }, echo.port)
    await expect(greet('ended.dev.localhost', other.ca)).rejects.toThrow()
  })

  it('routes by server name without decrypting: the service holds the key', async () => {
    verifies('tunnel.tls.passthrough')
    const file = (name: string): Buffer => readFileSync(join(other.folder, name))
    const secured = createTls({ cert: file('leaf.pem'), key: file('leaf-key.pem') })
    await using service = await openTcpService((socket) => void secured.emit('connection', socket))
    secured.on('secureConnection', (socket) => void socket.on('error', () => {}).pipe(socket))
    await system.serve({ kind: 'tls', tlsMode: 'passthrough', name: 'sealed' }, service.port)
    using wire = wireOf(await greet('sealed.dev.localhost', other.ca))
    wire.socket.write('sealed')
    await wire.until(/^sealed$/)
    await expect(greet('sealed.dev.localhost', system.ca)).rejects.toThrow()
  })
})

describe('kinds: private', () => {
  let system: System
  let echo: Service
  beforeAll(async () => {
    ;[system, echo] = await Promise.all([openSystem(), openEcho()])
    await system.serve({ kind: 'private', name: 'db' }, echo.port)
  })
  afterAll(() => Promise.all([system?.close(), echo?.close()]))

  const outcome = (name: string, token = system.token): Promise<number | undefined | 'end'> => {
    const session = system.session({ token })
    return within(
      `the end of ${name}`,
      new Promise((resolve, reject) => {
        session.dial(name).then((channel) => {
          channel.sink = { data() {}, drained() {}, ended: () => resolve('end'), closed: resolve }
          channel.resume()
          channel.end()
        }, reject)
      }),
    )
  }

  it('refuses a stranger to the project, a credential that may not connect, and a name that is not there', async () => {
    verifies('private.authorize', 'private.name')
    const mint = async (permission: string): Promise<string> => {
      const body = JSON.stringify({ permissions: [permission], ttlSeconds: 60 })
      const minted = await system.api('/api/engine/tokens', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
      return ((await minted.json()) as { token: string }).token
    }
    await expect(outcome('db', await mint('tunnels.list'))).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await outcome('db', await mint('tunnels.create'))).toBe(RESET.forbidden)
    expect(await outcome('nobody')).toBe(RESET.tunnelUnknown)
    expect(await outcome('db', await mint('tunnels.connect'))).toBe('end')
    expect(system.log.some((line) => line.includes('"decision":"refused"'))).toBe(true)
  })

  it('allocates nothing public', async () => {
    verifies('private.name')
    const answer = await system.api('/api/engine/tunnels')
    const { tunnels } = (await answer.json()) as { tunnels: { url: string; port?: number }[] }
    expect(tunnels.map(({ url, port }) => ({ url, port }))).toEqual([{ url: 'tow://db', port: undefined }])
  })
})
