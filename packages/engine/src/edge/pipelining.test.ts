import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge, post } from './edge.fixture.ts'
import { FakeTunnel } from './fakes.fixture.ts'

describe('edge connection: pipelining', () => {
  it('edge connection: answers pipelined requests in order', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1') + post('body') + get('/3'))
    const service = await tunnel.stream()
    await service.until('/3')
    service.send(ok('one') + ok('two') + ok('three'))
    expect(await visitor.until('three')).toBe(ok('one') + ok('two') + ok('three'))
    expect(tunnel.streams.length).toBe(1)
  })

  it('edge connection: sends a pipelined request for another tunnel only after the answers before it', async () => {
    verifies('edge.order')
    const { tunnel, tunnels, visit } = openEdge()
    const other = new FakeTunnel({ id: 'tun_b' })
    tunnels.set('api.dev.localhost', other)
    const visitor = visit(get('/1') + get('/2').replace('web.', 'api.'))
    const service = await tunnel.stream()
    await service.until('/1')
    expect(other.streams.length).toBe(0)
    service.send(ok('one'))
    const next = await other.stream()
    expect(await next.until('\r\n\r\n')).toContain('X-Forwarded-Host: api.dev.localhost\r\n')
    next.send(ok('two'))
    expect(await visitor.until('two')).toBe(ok('one') + ok('two'))
  })

  it('edge connection: shows a page for a pipelined request only after the answers before it', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(`${get('/1')}GET / HTTP/1.1\r\n\r\n`)
    const service = await tunnel.stream()
    await service.until('/1')
    service.send(ok('one'))
    expect(await visitor.rest()).toMatch(/^HTTP\/1\.1 200 OK[^]*oneHTTP\/1\.1 400 Bad Request/)
  })

  it('edge connection: reads no more pipelined requests than the limit before an answer', async () => {
    const { tunnel, visit } = openEdge({ limits: { pipelinedRequests: 2 } })
    const visitor = visit(get('/1') + get('/2') + get('/3'))
    const service = await tunnel.stream()
    await service.until('/2')
    service.send(ok('one'))
    await visitor.until('one')
    expect(service.received).not.toContain('/3')
    service.send(ok('two'))
    await service.until('/3')
    service.send(ok('three'))
    await visitor.until('three')
  })

  it('edge connection: never takes bytes nobody asked for as the next answer', async () => {
    verifies('tunnel.http.smuggling')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/1'))
    const service = await tunnel.stream()
    service.send(ok('one') + ok('injected'))
    await visitor.until('one')
    await service.when(() => service.state !== 'open', 'the reset of the stream')
    visitor.send(get('/2'))
    const next = await tunnel.stream(1)
    next.send(ok('two'))
    expect(await visitor.until('two')).toBe(ok('two'))
  })
})
