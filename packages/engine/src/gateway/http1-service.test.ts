import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { constants } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { principal } from '../edge/fakes.fixture.ts'
import { soon } from '../listen/listener.fixture.ts'
import { Bench, empty, open, saidBy, until } from './gateway.fixture.ts'

const bench = new Bench()
afterEach(() => bench.close())

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let got = ''
  for await (const chunk of request) got += String(chunk)
  return got
}

describe('gateway, HTTP/2 to an HTTP/1 service: refuses', () => {
  it('a host that leads nowhere, as JSON for programs and a page for people', async () => {
    const { ask } = await bench.visit(undefined)
    const json = await ask()
    expect([json.status, JSON.parse(json.body).error.code]).toEqual([404, 'TUNNEL_UNKNOWN'])
    const page = await ask({ accept: 'text/html' })
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(await ask({ ':method': 'HEAD' })).toMatchObject({ status: 404, body: '' })
  })

  it.each([
    ['a Host that is not :authority', { host: 'other.dev.localhost' }, 400, 'HEAD_INVALID'],
    ['an :authority with a user', { ':authority': 'me@web.dev.localhost' }, 400, 'HEAD_INVALID'],
    ['a method in lower case', { ':method': 'get' }, 400, 'HEAD_INVALID'],
    ['a field that frames spelled with "_"', { content_length: '3' }, 400, 'HEAD_INVALID'],
    ['a head that is too large', { 'x-long': 'x'.repeat(40_000) }, 431, 'HEAD_TOO_LARGE'],
    [
      'too many fields',
      Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`x-${at}`, ''])),
      431,
      'HEAD_TOO_LARGE',
    ],
    ['an expectation nobody knows', { expect: 'magic' }, 417, 'EXPECTATION_FAILED'],
  ])('%s', async (...[, headers, status, code]) => {
    verifies('tunnel.http.smuggling')
    const web = await bench.http1((_request, response) => response.end('reached'))
    const { ask } = await bench.visit(web)
    const said = await ask(headers)
    expect([said.status, said.body === '' ? '' : JSON.parse(said.body).error.code]).toEqual([status, code])
    expect(web.callers).toEqual([])
  })

  it.each([
    ['an :authority that is no name', { ':authority': 'web.dev.localhost/x' }],
    ['a target that is not a path', { ':path': 'http://web.dev.localhost/' }],
    ['a target with a blank', { ':path': '/a b' }],
    ['a body of another length than it says', { ':method': 'POST', 'content-length': '3' }],
  ])('%s, as malformed HTTP/2', async (_what, headers) => {
    const web = await bench.http1((_request, response) => response.end('reached'))
    const { ask } = await bench.visit(web)
    expect(await ask(headers, '12345')).toMatchObject({ status: 0, code: constants.NGHTTP2_PROTOCOL_ERROR })
  })

  it('CONNECT', async () => {
    const { session } = await bench.visit(undefined)
    const stream = session.request({ ':method': 'CONNECT', ':authority': 'web.dev.localhost:80' })
    expect(await soon(saidBy(stream), 'the refusal')).toMatchObject({ status: 405 })
  })

  it('who has no proof; who has one comes through without it', async () => {
    const seen: unknown[] = []
    const web = await bench.http1(
      ({ url, headers }, response) => {
        seen.push([url, headers.authorization])
        response.end('in')
      },
      { tokenAuth: true },
    )
    const { ask, hall } = await bench.visit(web)
    hall.authority.principals.set('tow_good', principal())
    expect((await ask()).status).toBe(401)
    expect((await ask({ authorization: 'Bearer tow_bad' })).status).toBe(401)
    expect((await ask({ authorization: 'Bearer tow_good', ':path': '/?towline.token=tow_good' })).status).toBe(400)
    expect((await ask({ authorization: 'Bearer tow_good' })).body).toBe('in')
    expect((await ask({ ':path': '/x?a=1&towline.token=tow_good' })).body).toBe('in')
    expect(seen).toEqual([
      ['/', undefined],
      ['/x?a=1', undefined],
    ])
  })

  it('a visitor that asks and breaks off without end, with ENHANCE_YOUR_CALM', async () => {
    const web = await bench.http1(() => {})
    const { session } = await bench.visit(web, { h2Resets: 20 })
    await once(session, 'remoteSettings')
    const calmed = soon(once(session, 'goaway'), 'GOAWAY')
    for (let count = 0; count < 30; count++)
      open(session, {}, true)
        .on('error', () => {})
        .close(constants.NGHTTP2_CANCEL)
    expect((await calmed)[0]).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM)
  })

  it('a visitor that breaks the protocol, and gives back all it held', async () => {
    const web = await bench.http1(() => {})
    const { hall } = await bench.visit(web, { h2PingMs: 20 })
    const socket = connectTcp(hall.port, '127.0.0.1').on('error', () => {})
    bench.defer(() => socket.destroy())
    const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
    const dataOnNoStream = Buffer.from([0, 0, 1, 0, 0, 0, 0, 0, 9, 65])
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), emptySettings, dataOnNoStream]))
    socket.resume()
    await soon(once(socket, 'close'), 'the end')
    await soon(empty(hall), 'an empty hall')
  })

  it('a visitor that has gone, and one that does not answer pings', async () => {
    const web = await bench.http1(() => {})
    const { hall, session } = await bench.visit(web, { h2PingMs: 20, idleMs: 40 })
    const idleOver = soon(once(session, 'close'), 'the end of the idle one')
    const silent = connectTcp(hall.port, '127.0.0.1').on('error', () => {})
    bench.defer(() => silent.destroy())
    silent.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    silent.resume()
    await soon(once(silent, 'close'), 'the end of the silent one')
    await idleOver
    const leaving = connectTcp(hall.port, '127.0.0.1').on('error', () => {})
    leaving.end('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    await soon(empty(hall), 'an empty hall')
  })

  it('streams over its bound', async () => {
    const web = await bench.http1(() => {})
    const { session } = await bench.visit(web, { h2Streams: 2 })
    await once(session, 'remoteSettings')
    expect(session.remoteSettings).toMatchObject({ maxConcurrentStreams: 2, enableConnectProtocol: false })
  })
})

describe('gateway, HTTP/2 to an HTTP/1 service', () => {
  it('forwards request and answer, vouching for the visitor', async () => {
    verifies('tunnel.http.h2', 'tunnel.http.headers')
    const web = await bench.http1(async (request, response) => {
      const { method, url, headers } = request
      response.setHeader('Set-Cookie', ['a=1', 'b=2'])
      response.end(JSON.stringify({ method, url, headers, body: await bodyOf(request) }))
    })
    const { ask, session } = await bench.visit(web)
    const said = await ask(
      { ':method': 'POST', ':path': '/p?q=1', 'x-forwarded-for': '6.6.6.6', cookie: ['c=1', 'd=2'] },
      'hello',
    )
    const { headers, ...rest } = JSON.parse(said.body)
    expect([session.alpnProtocol, said.status, said.headers['set-cookie'], rest]).toEqual([
      'h2',
      200,
      ['a=1', 'b=2'],
      { method: 'POST', url: '/p?q=1', body: 'hello' },
    ])
    expect(headers).toMatchObject({
      host: 'web.dev.localhost',
      cookie: 'c=1; d=2',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'transfer-encoding': 'chunked',
    })
  })

  it.each([
    ['HEAD', 'HEAD', 200],
    ['204', 'GET', 204],
    ['304', 'GET', 304],
  ])('answers %s without a body', async (_what, method, status) => {
    const web = await bench.http1((_request, response) => {
      response.writeHead(status, status === 200 ? { 'content-length': '5' } : {})
      response.end()
    })
    const { ask } = await bench.visit(web)
    const said = await ask({ ':method': method })
    expect([said.status, said.body, said.code]).toEqual([status, '', 0])
    if (status === 200) expect(said.headers['content-length']).toBe('5')
  })

  it('carries trailers and interim answers', async () => {
    const web = await bench.http1(async (request, response) => {
      await bodyOf(request)
      await new Promise<void>((done) => response.writeEarlyHints({ link: '</a.css>; rel=preload' }, done))
      response.writeHead(200, { trailer: 'x-sum' })
      response.write('body')
      response.addTrailers({ 'x-sum': String(request.trailers['x-up']) })
      response.end()
    })
    const { session } = await bench.visit(web)
    const stream = session.request(
      { ':method': 'POST', ':path': '/', ':authority': 'web.dev.localhost' },
      { waitForTrailers: true },
    )
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-up': '42' }))
    const said = saidBy(stream)
    stream.end('up')
    expect(await soon(said, 'the answer')).toMatchObject({
      body: 'body',
      trailers: { 'x-sum': '42' },
      interim: [{ ':status': 103, link: '</a.css>; rel=preload' }],
    })
  })

  it('streams both ways at once', async () => {
    const web = await bench.http1((request, response) => {
      response.flushHeaders()
      request.on('data', (chunk) => response.write(`<${chunk}>`)).on('end', () => response.end('end'))
    })
    const { session } = await bench.visit(web)
    const stream = open(session, { ':method': 'POST' })
    for (const word of ['one', 'two', 'three']) {
      const back = until(stream, `<${word}>`)
      stream.write(word)
      await back
    }
    const rest = until(stream, 'end')
    stream.end()
    await rest
  })

  it('carries 8 MiB each way, also when the visitor reads late', async () => {
    const web = await bench.http1((request, response) => request.pipe(response))
    const { session } = await bench.visit(web)
    const stream = open(session, { ':method': 'POST' })
    const said = saidBy(stream)
    stream.pause()
    await once(stream, 'ready')
    const block = Buffer.alloc(8 * 1024 * 1024, 'abcdefghi')
    stream.end(block)
    stream.resume()
    expect((await soon(said, 'the answer')).body === block.toString('latin1')).toBe(true)
  })

  it('serves many requests at once and reuses connections to the service', async () => {
    const web = await bench.http1((request, response) => response.end(request.url))
    const { ask } = await bench.visit(web)
    const paths = Array.from({ length: 40 }, (_, at) => `/${at}`)
    const said = await Promise.all(paths.map((path) => ask({ ':path': path })))
    expect(said.map(({ body }) => body)).toEqual(paths)
    const streams = web.callers.length
    for (const path of paths) await ask({ ':path': path })
    expect(web.callers.length).toBe(streams)
  })

  it('stops an upload that the service does not want, after its answer', async () => {
    const web = await bench.http1((_request, response) => {
      response.writeHead(413, { connection: 'close' })
      response.end('too much')
    })
    const { session } = await bench.visit(web)
    const stream = open(session, { ':method': 'POST' })
    const said = saidBy(stream)
    stream.write('never ending')
    expect(await soon(said, 'the answer')).toMatchObject({
      status: 413,
      body: 'too much',
      code: constants.NGHTTP2_NO_ERROR,
    })
  })

  it('tells the service when the visitor breaks off', async () => {
    let left: () => void = () => {}
    const gone = new Promise<void>((resolve) => (left = resolve))
    const web = await bench.http1((request, response) => {
      request.on('close', left)
      response.write('begin')
    })
    const { session } = await bench.visit(web)
    const stream = open(session, {}, true)
    stream.on('error', () => {})
    await until(stream, 'begin')
    stream.close(constants.NGHTTP2_CANCEL)
    await soon(gone, 'the end at the service')
  })

  it('tells the visitor when the service breaks off', async () => {
    const web = await bench.http1((request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('begin', () => request.socket.resetAndDestroy())
    })
    const { ask } = await bench.visit(web)
    expect(await ask()).toMatchObject({ status: 200, body: 'begin', code: constants.NGHTTP2_INTERNAL_ERROR })
  })

  it('answers 502 when the service is down, and works when it is back', async () => {
    const web = await bench.http1((_request, response) => response.end('up'))
    const { ask } = await bench.visit(web)
    web.down = true
    expect((await ask()).status).toBe(502)
    web.down = false
    expect((await ask()).body).toBe('up')
  })

  it('leads API hosts to the API, which knows the connection as secure', async () => {
    const { ask } = await bench.visit(undefined)
    expect((await ask({ ':authority': 'localhost', ':path': '/api/x' })).body).toBe('api /api/x true')
    expect((await ask({ ':authority': 'localhost', ':path': '/api/y' })).body).toBe('api /api/y true')
  })
})
