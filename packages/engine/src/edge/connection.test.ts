import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge } from './edge.fixture.ts'

describe('edge connection', () => {
  it('edge: carries a request and its answer, and the next one on the same stream', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/a'))
    const service = await tunnel.stream()
    expect(await service.until('\r\n\r\n')).toMatch(
      /^GET \/a HTTP\/1\.1\r\nHost: web\.dev\.localhost\r\nX-Forwarded-For: 192\.0\.2\.7\r\n/,
    )
    service.send(ok('one'))
    expect(await visitor.until('one')).toBe(ok('one'))
    visitor.send(get('/b'))
    await service.until('\r\n\r\n')
    service.send(ok('two'))
    expect(await visitor.until('two')).toBe(ok('two'))
    expect(tunnel.streams.length).toBe(1)
    expect(tunnel.counts).toEqual({ began: 2, answered: 2, ended: 2 })
  })
})
