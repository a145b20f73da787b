import { RESET } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, openEdge } from './edge.fixture.ts'

describe('edge connection: upgrades', () => {
  const upgrade = (more = ''): string => get('/ws', `Connection: Upgrade\r\nUpgrade: websocket\r\n${more}`)
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

  it('edge connection: becomes raw bytes both ways after 101', async () => {
    verifies('tunnel.http.websocket')
    const { tunnel, visit } = openEdge()
    const visitor = visit(`${upgrade()}early`)
    const service = await tunnel.stream()
    expect(await service.until('\r\n\r\n')).toMatch(/Upgrade: websocket\r\n[^]*Connection: upgrade\r\n\r\n$/)
    expect(service.received).toBe('')
    service.send(`${switching}\u0081\u0001x`)
    expect(await visitor.until('\u0081\u0001x')).toBe(`${switching}\u0081\u0001x`)
    await service.until('early')
    visitor.send(`${get('/not-parsed')}\u0000`)
    expect(await service.until('\u0000')).toBe(`${get('/not-parsed')}\u0000`)
    visitor.channel.end()
    await service.when(() => service.hasEnded, 'the half-close')
    service.send('bye')
    service.channel.end()
    expect(await visitor.rest()).toBe('bye')
    expect(tunnel.counts).toEqual({ began: 1, answered: 1, ended: 1 })
  })

  it('edge connection: keeps to HTTP when the service refuses the upgrade (CVE-2026-58055)', async () => {
    verifies('tunnel.http.websocket', 'tunnel.http.smuggling')
    const { tunnel, visit } = openEdge()
    const visitor = visit(upgrade() + get('/after', 'X-Forwarded-For: 6.6.6.6\r\n'))
    const service = await tunnel.stream()
    await service.until('\r\n\r\n')
    expect(service.received).toBe('')
    service.send(
      'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n',
    )
    expect(await visitor.until('\r\n\r\n')).toBe(
      'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n',
    )
    const after = await service.until('\r\n\r\n')
    expect(after).toContain('GET /after')
    expect(after).toContain('X-Forwarded-For: 192.0.2.7\r\n')
    expect(after).not.toContain('6.6.6.6')
  })

  it('edge connection: refuses 101 that nobody asked for', async () => {
    verifies('tunnel.http.smuggling')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/', 'Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n'))
    const service = await tunnel.stream()
    expect(await service.until('\r\n\r\n')).not.toMatch(/upgrade|http2-settings/i)
    service.send(switching)
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 502 Bad Gateway\r\n')
    await service.when(() => service.state !== 'open', 'the reset')
  })

  it('edge connection: resets the visitor when the service breaks an upgraded connection, and the other way round', async () => {
    const { tunnel, visit } = openEdge()
    const first = visit(upgrade())
    ;(await tunnel.stream(0)).send(switching)
    await first.until('\r\n\r\n')
    ;(await tunnel.stream(0)).channel.reset(RESET.upstreamReset)
    await first.when(() => typeof first.state === 'number', 'the reset of the visitor')
    const second = visit(upgrade())
    const service = await tunnel.stream(1)
    service.send(switching)
    await second.until('\r\n\r\n')
    second.channel.reset()
    await service.when(() => typeof service.state === 'number', 'the reset of the service')
    expect(tunnel.counts).toEqual({ began: 2, answered: 2, ended: 2 })
  })
})
