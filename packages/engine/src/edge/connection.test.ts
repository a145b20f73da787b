import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge } from './edge.fixture.ts'

describe('edge connection: answers', () => {
  it('edge connection: carries a request and its answer, and the next one on the same stream', async () => {
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
    expect(tunnel.callers).toEqual([{ from: '192.0.2.7:4711', requestId: expect.stringMatching(/^req_[0-9a-v]{16}$/) }])
  })

  it('edge connection: passes the same bytes wherever request and answer are cut', async () => {
    verifies('tunnel.http.full')
    const request = `POST /x HTTP/1.1\r\nHost: web.dev.localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;a\r\nhello\r\n0\r\nX-T: 1\r\n\r\n`
    const answer = `HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-S: 2\r\n\r\n`
    const told = answer.replace('Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n', '')
    for (let cut = 1; cut < Math.max(request.length, answer.length); cut++) {
      const { tunnel, visit, edge } = openEdge()
      const visitor = visit(request.slice(0, cut))
      visitor.send(request.slice(cut))
      const service = await tunnel.stream()
      const seen = await service.until('X-T: 1\r\n\r\n')
      expect(seen.slice(seen.indexOf('\r\n\r\n') + 4)).toBe('5;a\r\nhello\r\n0\r\nX-T: 1\r\n\r\n')
      service.send(answer.slice(0, cut))
      service.send(answer.slice(cut))
      expect(await visitor.until('X-S: 2\r\n\r\n')).toBe(told)
      edge.close()
    }
  })

  it('edge connection: passes pieces of an answer on as they come', async () => {
    verifies('tunnel.http.streaming')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/events'))
    const service = await tunnel.stream()
    service.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n')
    await visitor.until('\r\n\r\n')
    service.send('data: 1\n\n')
    expect(await visitor.until('\n\n')).toBe('data: 1\n\n')
    service.send('data: 2\n\n')
    expect(await visitor.until('\n\n')).toBe('data: 2\n\n')
    service.channel.end()
    expect(await visitor.rest()).toBe('')
    expect(visitor.hasEnded).toBe(true)
  })

  it('edge connection: says that an answer without a length ends with the connection', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    ;(await tunnel.stream()).send('HTTP/1.0 200 OK\r\nServer: old\r\n\r\nbody')
    expect(await visitor.until('body')).toBe('HTTP/1.1 200 OK\r\nServer: old\r\nConnection: close\r\n\r\nbody')
  })

  it.each([
    ['HEAD', '200 OK\r\nContent-Length: 5'],
    ['GET', '204 No Content'],
    ['GET', '304 Not Modified\r\nContent-Length: 5'],
  ])('edge connection: expects no body after %s %s', async (method, answer) => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(get().replace('GET', method))
    const service = await tunnel.stream()
    service.send(`HTTP/1.1 ${answer}\r\n\r\n`)
    await visitor.until('\r\n\r\n')
    visitor.send(get('/next'))
    await service.until('/next')
    service.send(ok('next'))
    expect(await visitor.until('next')).toBe(ok('next'))
  })

  it('edge connection: passes interim answers on, and the body after 100', async () => {
    verifies('tunnel.http.full')
    const { tunnel, visit } = openEdge()
    const visitor = visit(
      'POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n',
    )
    const service = await tunnel.stream()
    expect(await service.until('\r\n\r\n')).toContain('Expect: 100-continue\r\n')
    service.send('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n')
    await visitor.until('100 Continue\r\n\r\n')
    visitor.send('body')
    await service.until('body')
    service.send(ok('done'))
    expect(await visitor.until('done')).toBe(ok('done'))
  })

  it('edge connection: closes when the answer comes and the body that was asked for with 100 does not', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(
      'POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n',
    )
    ;(await tunnel.stream()).send('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n')
    expect(await visitor.rest()).toBe('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })

  it('edge connection: tells an HTTP/1.0 visitor no interim answer and closes', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit('GET / HTTP/1.0\r\nHost: web.dev.localhost\r\n\r\n')
    const service = await tunnel.stream()
    expect(await service.until('\r\n\r\n')).toMatch(/^GET \/ HTTP\/1\.0\r\n/)
    service.send(`HTTP/1.1 100 Continue\r\n\r\n${ok('x')}`)
    expect(await visitor.rest()).toBe(ok('x', 'Connection: close\r\n'))
  })

  it('edge connection: closes after the answer to Connection: close and reads no request behind it', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/a', 'Connection: close\r\n') + get('/smuggled'))
    const service = await tunnel.stream()
    service.send(ok('x'))
    expect(await visitor.rest()).toBe(ok('x', 'Connection: close\r\n'))
    expect(service.received).not.toContain('smuggled')
    await service.when(() => service.hasEnded, 'the end of the stream')
  })

  it('edge connection: lets a visitor that has sent its last byte read its answer', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get())
    visitor.channel.end()
    const service = await tunnel.stream()
    await service.when(() => service.hasEnded, 'the end of the requests')
    service.send(ok('x'))
    expect(await visitor.rest()).toBe(ok('x'))
    await visitor.when(() => visitor.state === 'closed', 'the close')
  })
})
