/** Proves public TCP ports with real sockets: who gets which port, who is let in, and faithful ends. */
import { connect, createServer, type Socket } from 'node:net'
import { silentLog } from '@towline/base'
import { AppError, type Tunnel } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import type { LiveTunnel } from '../registry/live-tunnel.ts'
import { createRig, refusal, type Rig, within } from '../link/rig.fixture.ts'
import { TcpPorts } from './tcp-ports.ts'

let rig: Rig
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await rig.close()
})

const visit = (port: number | undefined): Socket => {
  const socket = connect({ port: port ?? 0, host: '127.0.0.1', allowHalfOpen: true })
  sockets.push(socket)
  return socket
}

/** `refused`, `reset`, or what came until the end. */
const outcome = (socket: Socket): Promise<string> =>
  within(
    'the end of a visit',
    new Promise((resolve) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString()
      })
      socket.on('end', () => resolve(text))
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    }),
  )

/** Occupies a port of this machine. */
const occupied = async (): Promise<{ readonly port: number; free(): Promise<void> }> => {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  return { port, free: () => new Promise((done) => server.close(() => done())) }
}

describe('engine tcp ports', () => {
  it('refuses a port in use and ports of the system, and then has no tunnel', async () => {
    verifies('tunnel.tcp')
    rig = createRig()
    const anna = await rig.linked('anna')
    const other = await occupied()
    const errors = [
      await refusal(anna.open({ kind: 'tcp', name: 'db', port: other.port })),
      await refusal(anna.open({ kind: 'tcp', name: 'db', port: 22 })),
    ]
    await other.free()
    expect(errors.map(({ code, details }) => [code, details['address']])).toEqual([
      ['PORT_IN_USE', `127.0.0.1:${other.port}`],
      ['PORT_FORBIDDEN', '127.0.0.1:22'],
    ])
    expect(await (await rig.call('anna', '/api/engine/tunnels')).json()).toEqual({ tunnels: [] })
  })

  it('refuses visitors from outside the trusted networks with RST', async () => {
    verifies('edge.ip')
    rig = createRig()
    const anna = await rig.linked('anna')
    const { port } = await anna.open({ kind: 'tcp', name: 'db', trustedIps: ['10.0.0.0/8'] })
    expect(await outcome(visit(port))).toBe('ECONNRESET')
    expect(anna.streams.all).toEqual([])
    expect(rig.logged.join('')).toContain('IP_REFUSED')
  })

  it('opens no stream before an admission that takes its time has let the visitor in', async () => {
    verifies('edge.ip')
    rig = createRig()
    const tunnel = { id: 'tun_x', kind: 'tcp' } as Tunnel
    const opened: unknown[] = []
    const live = { tunnel, online: true, open: (caller: unknown) => opened.push(caller) } as unknown as LiveTunnel
    const refuse = async (): Promise<void> => {
      throw new AppError('IP_REFUSED')
    }
    const ports = new TcpPorts({ listenHost: '127.0.0.1', admit: refuse, limits: rig.limits, log: silentLog() })
    const { port, close } = await ports.open({ key: 'prj_dev/db', wanted: 0, live: () => live })
    expect([await outcome(visit(port)), opened]).toEqual(['ECONNRESET', []])
    await close()
  })

  it('carries bytes both ways and half-close', async () => {
    verifies('tunnel.tcp')
    rig = createRig()
    const anna = await rig.linked('anna')
    const { port, url } = await anna.open({ kind: 'tcp', name: 'db' })
    const visitor = visit(port)
    visitor.end('ping')
    expect([url, await outcome(visitor)]).toEqual([`tcp://localhost:${port}`, 'ping'])
    const { open } = await anna.streams.until('a stream', () => true)
    expect(open.from).toBe(`127.0.0.1:${visitor.localPort ?? open.from?.split(':')[1]}`)
  })

  it('passes a reset of either side on as a reset', async () => {
    verifies('tunnel.tcp')
    rig = createRig()
    const resets: (number | undefined)[] = []
    let heard: () => void = () => {}
    const hostHears = new Promise<void>((resolve) => {
      heard = resolve
    })
    const anna = await rig.linked('anna', (stream) => {
      stream.sink = {
        data: () => stream.reset(),
        ended() {},
        drained() {},
        closed: (reset) => {
          resets.push(reset)
          heard()
        },
      }
      stream.resume()
    })
    const { port } = await anna.open({ kind: 'tcp', name: 'db' })
    const leaving = visit(port)
    await anna.streams.until('a stream', () => true)
    leaving.resetAndDestroy()
    await within('the reset', hostHears)
    expect(resets[0]).toBeTypeOf('number')

    const visitor = visit(port)
    visitor.write('provoke')
    expect(await outcome(visitor)).toBe('ECONNRESET')
  })

  it('keeps the port of a name on takeover, and after the host was restarted', async () => {
    verifies('tunnel.tcp', 'tunnel.takeover', 'tunnel.name.stable')
    rig = createRig()
    const [old, fresh] = [await rig.linked('anna'), await rig.linked('anna')]
    const first = await old.open({ kind: 'tcp', name: 'db' })
    const second = await fresh.open({ kind: 'tcp', name: 'db' })
    fresh.say({ type: 'tunnel.close', tunnelId: second.id })
    const third = await fresh.open({ kind: 'tcp', name: 'db' })
    expect([second.port, third.port]).toEqual([first.port, first.port])
    const visitor = visit(third.port)
    visitor.end('still there')
    expect(await outcome(visitor)).toBe('still there')
  })

  it('stops listening when the tunnel is closed', async () => {
    verifies('tunnel.forward.lifetime')
    rig = createRig()
    const anna = await rig.linked('anna')
    const { id, port } = await anna.open({ kind: 'tcp', name: 'db' })
    anna.say({ type: 'tunnel.close', tunnelId: id })
    await anna.open({ kind: 'private', name: 'after' })
    expect(await outcome(visit(port))).toBe('ECONNREFUSED')
  })

  it('leaves the port when the name goes over to another kind', async () => {
    rig = createRig()
    const anna = await rig.linked('anna')
    const { port } = await anna.open({ kind: 'tcp', name: 'db' })
    const { kind, ...rest } = await anna.open({ kind: 'private', name: 'db' })
    expect([kind, 'port' in rest]).toEqual(['private', false])
    expect(await outcome(visit(port))).toBe('ECONNREFUSED')
  })

  it('holds a visitor while the host is away', async () => {
    verifies('tunnel.reconnect')
    rig = createRig()
    const events = await rig.watch('anna')
    const anna = await rig.linked('anna')
    const { port } = await anna.open({ kind: 'tcp', name: 'db' })
    anna.breaks()
    await events.until('the tunnel offline', ({ type }) => type === 'tunnel.updated')
    const visitor = visit(port)
    visitor.end('patient')
    await within('the connection', new Promise((done) => visitor.once('connect', done)))

    await (await rig.linked('anna')).open({ kind: 'tcp', name: 'db' })

    expect(await outcome(visitor)).toBe('patient')
  })
})
