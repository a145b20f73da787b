import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge } from './edge.fixture.ts'

describe('edge connection: time', () => {
  it('edge connection: answers 408 to a head that is not complete in time', async () => {
    const { visit, wait, limits } = openEdge()
    const visitor = visit('GET / HT')
    wait(limits.headMs - 1)
    wait(1)
    expect(await visitor.rest()).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('edge connection: counts the time of a head from its first byte', async () => {
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit(get())
    ;(await tunnel.stream()).send(ok('x'))
    await visitor.until('x')
    wait(limits.idleMs - 1)
    visitor.send('GET ')
    await expect.poll(() => visitor.far.waiting).toBe(0)
    wait(limits.headMs - 1)
    visitor.send(get('/2').slice(4))
    ;(await tunnel.stream()).send(ok('y'))
    expect(await visitor.until('y')).toBe(ok('y'))
  })

  it('edge connection: answers 504 when the service has not begun to answer, and the connection lives on', async () => {
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit(get('/1'))
    const service = await tunnel.stream()
    wait(limits.responseHeadMs)
    expect(await visitor.until('"}\n')).toMatch(/^HTTP\/1\.1 504 /)
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
    visitor.send(get('/2'))
    ;(await tunnel.stream(1)).send(ok('x'))
    await visitor.until('x')
  })

  it('edge connection: never times out an answer that has begun', async () => {
    verifies('tunnel.http.streaming')
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    service.send('HTTP/1.1 200 OK\r\n\r\n')
    await visitor.until('\r\n\r\n')
    wait(10 * limits.responseHeadMs)
    service.send('late')
    await visitor.until('late')
  })

  it('edge connection: answers 408 when a body stops coming', async () => {
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit('POST / HTTP/1.1\r\nHost: web.dev.localhost\r\nContent-Length: 9\r\n\r\nabc')
    await tunnel.stream()
    wait(limits.responseHeadMs)
    expect(await visitor.rest()).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('edge connection: closes an idle connection and its stream', async () => {
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit(get())
    const service = await tunnel.stream()
    service.send(ok('x'))
    await visitor.until('x')
    wait(limits.idleMs)
    expect(await visitor.rest()).toBe('')
    await service.when(() => service.hasEnded, 'the end of the stream')
  })

  it('edge connection: resets a visitor that does not close after our last word', async () => {
    const { visit, wait, limits } = openEdge()
    const visitor = visit('bad\r\n')
    await visitor.rest()
    wait(limits.idleMs)
    await visitor.when(() => typeof visitor.state === 'number', 'the reset')
  })

  it('edge connection: resets a stream whose host does not close it after the last request', async () => {
    const { tunnel, visit, wait, limits } = openEdge()
    const visitor = visit(get('/', 'Connection: close\r\n'))
    const service = await tunnel.stream()
    service.send(ok('x'))
    await visitor.rest()
    await service.when(() => service.hasEnded, 'the end of the stream')
    wait(limits.idleMs)
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
  })

  it('edge connection: resets a stream that goes on talking after the last request', async () => {
    const { tunnel, visit } = openEdge()
    const visitor = visit(get('/', 'Connection: close\r\n'))
    const service = await tunnel.stream()
    service.send(ok('x'))
    await visitor.rest()
    service.send('more')
    await service.when(() => typeof service.state === 'number', 'the reset of the stream')
  })
})
