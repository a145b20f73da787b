import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge } from './edge.fixture.ts'

describe('edge connection: memory', () => {
  it('edge connection: stops the service while a visitor does not read, and resets it after writeStallMs', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    visitor.channel.pause()
    service.send(`HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n`)
    const piece = 'x'.repeat(16 * 1024)
    for (let count = 0; count < 64; count++) service.send(piece)
    const { socket } = visitor
    await expect.poll(() => socket.waiting > 64 * 1024).toBe(true)
    await expect.poll(() => (service.channel as typeof socket).waiting > 512 * 1024).toBe(true)
    expect(socket.mostWaiting).toBeLessThan(128 * 1024)
    wait(limits.writeStallMs)
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
  })

  it('edge connection: goes on when the visitor reads again', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    visitor.channel.pause()
    service.send(ok('x'.repeat(300_000)))
    service.send('')
    await expect.poll(() => visitor.socket.waiting > 0).toBe(true)
    visitor.channel.resume()
    await visitor.when(() => visitor.received.endsWith('x') && visitor.received.length > 300_000, 'the whole answer')
    visitor.received = ''
    visitor.send(get('/2'))
    await service.until('/2')
    service.send(ok('y'))
    await visitor.until('y')
  })

  it('edge connection: stops the visitor while the service does not read', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit('POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nContent-Length: 1048576\r\n\r\n')
    const service = await tunnel.stream()
    await service.until('\r\n\r\n')
    service.channel.pause()
    const piece = 'x'.repeat(16 * 1024)
    for (let count = 0; count < 64; count++) visitor.send(piece)
    await expect.poll(() => visitor.socket.paused).toBe(true)
    service.channel.resume()
    await service.when(() => service.received.length === 1_048_576, 'the whole body')
    expect(service.received.length).toBe(1_048_576)
  })

  it('edge connection: keeps at most a head and one read of a visitor that sends while its request is held', async () => {
    const { tunnel, visit } = openEdge({ limits: { headBytes: 1024 } })
    tunnel.online = false
    const visitor = visit(get())
    await tunnel.holding()
    for (let count = 0; count < 8; count++) visitor.send(get(`/${'a'.repeat(500)}`))
    await expect.poll(() => visitor.socket.paused).toBe(true)
    expect(visitor.far.waiting).toBeGreaterThan(0)
  })

  it('edge connection: writes no pages to a visitor that asks on and on and does not read', async () => {
    const { visit } = openEdge()
    const visitor = visit('')
    visitor.channel.pause()
    const request = get().replace('web.', 'none.')
    for (let count = 0; count < 40; count++) visitor.send(request.repeat(40))
    await expect.poll(() => visitor.socket.paused).toBe(true)
    expect(visitor.socket.mostWaiting).toBeLessThan(70 * 1024)
    visitor.channel.resume()
    const pages = (): number => visitor.received.split('HTTP/1.1 404').length - 1
    await visitor.when(() => pages() === 1600, 'every page')
    expect(pages()).toBe(1600)
  })

  it('edge connection: drops everything when the edge closes, and stops listening for revocations', async () => {
    const { edge, tunnel, visit, authority } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    edge.close()
    edge.close()
    await visitor.when(() => typeof visitor.state === 'number', 'the reset of the visitor')
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
    expect(authority.listening).toBe(0)
    expect(tunnel.counts).toEqual({ began: 1, answered: 0, ended: 1 })
  })
})
