import { AppError, RESET } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge, post } from './edge.fixture.ts'

describe('edge connection: a host that is away', () => {
  it('edge connection: holds a request until the host is back', async () => {
    verifies('tunnel.reconnect')
    const { tunnel, visit } = openEdge()
    tunnel.online = false
    const visitor = visit(post('ab'))
    await tunnel.holding()
    visitor.send('more')
    tunnel.online = true
    tunnel.held[0]?.(tunnel)
    const service = await tunnel.stream()
    await service.until('ab')
    service.send(ok('x'))
    expect(await visitor.until('x')).toBe(ok('x'))
  })

  it('edge connection: holds a request when the host is gone at the moment of opening', async () => {
    verifies('tunnel.reconnect')
    const { tunnel, visit } = openEdge()
    tunnel.refuses = new AppError('TUNNEL_OFFLINE')
    const visitor = visit(get())
    await tunnel.holding()
    tunnel.held[0]?.(tunnel)
    ;(await tunnel.stream()).send(ok('x'))
    await visitor.until('x')
  })

  it('edge connection: holds and repeats a request whose link broke before it was answered', async () => {
    verifies('tunnel.reconnect')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1'))
    const first = await tunnel.stream()
    await first.until('/1')
    tunnel.online = false
    first.channel.reset(RESET.linkLost)
    await tunnel.holding()
    tunnel.online = true
    tunnel.held[0]?.(tunnel)
    const second = await tunnel.stream(1)
    await second.until('/1')
    second.send(ok('x'))
    await visitor.until('x')
  })

  it('edge connection: repeats a request that is the last of its connection, too', async () => {
    verifies('tunnel.reconnect')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    const first = await tunnel.stream()
    await first.until('/1')
    first.channel.reset(RESET.linkLost)
    const second = await tunnel.stream(1)
    await second.until('/1')
    second.send(ok('x'))
    await visitor.until('x')
  })

  it('edge connection: repeats a request whose link broke only once', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    ;(await tunnel.stream(0)).channel.reset(RESET.linkLost)
    ;(await tunnel.stream(1)).channel.reset(RESET.linkLost)
    expect(await visitor.until('"}\n')).toMatch(/^HTTP\/1\.1 502 [^]*"code":"TUNNEL_OFFLINE"/)
    expect(tunnel.streams.length).toBe(2)
  })

  it('edge connection: shows 502 when the hold is over, and 503 when too many wait', async () => {
    const { tunnel, visit } = openEdge()
    tunnel.online = false
    const gone = visit(get())
    await tunnel.holding()
    tunnel.held[0]?.(undefined)
    expect(await gone.until('\r\n')).toBe('HTTP/1.1 502 Bad Gateway\r\n')
    tunnel.whenOnline = () => Promise.reject(new AppError('BUSY'))
    expect(await visit(get()).until('\r\n')).toBe('HTTP/1.1 503 Service Unavailable\r\n')
  })

  it('edge connection: gives up a held request whose visitor ended in the middle of its body', async () => {
    const { tunnel, visit } = openEdge()
    tunnel.online = false
    const visitor = visit('POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nContent-Length: 9\r\n\r\nabc')
    await tunnel.holding()
    visitor.channel.end()
    await expect.poll(() => visitor.socket.peer.ending).toBe(true)
    tunnel.online = true
    tunnel.held[0]?.(tunnel)
    const service = await tunnel.stream()
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
  })

  it('edge connection: holds no longer than holdMs even when the host keeps coming and going', async () => {
    const { tunnel, visit, time, limits } = openEdge()
    tunnel.online = false
    const visitor = visit(get())
    await tunnel.holding()
    time.now += limits.holdMs
    tunnel.held[0]?.(tunnel)
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 502 Bad Gateway\r\n')
  })
})
