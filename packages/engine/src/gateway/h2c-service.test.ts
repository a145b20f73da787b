import { once } from 'node:events'
import { constants, type ServerHttp2Stream } from 'node:http2'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeTunnel, principal } from '../edge/fakes.fixture.ts'
import { type ServedTunnel, soon } from '../listen/listener.fixture.ts'
import { Bench, get1, open, reads, saidBy, until } from './gateway.fixture.ts'

const bench = new Bench()
afterEach(() => bench.close())

const GRPC = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' }

/** Answers as gRPC does: a head, a message, the status in trailers. */
const grpcOk = (stream: ServerHttp2Stream, message: string): void => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': '' }))
  stream.end(message)
}

describe('gateway, to an HTTP/2 service: refuses', () => {
  it.each([
    ['a Host that is not :authority', { host: 'other.dev.localhost' }, 400, 'HEAD_INVALID'],
    ['a field that frames spelled with "_"', { content_length: '3' }, 400, 'HEAD_INVALID'],
    ['a method in lower case', { ':method': 'get' }, 400, 'HEAD_INVALID'],
    ['a head that is too large', { 'x-long': 'x'.repeat(40_000) }, 431, 'HEAD_TOO_LARGE'],
    ['an expectation nobody knows', { expect: 'magic' }, 417, 'EXPECTATION_FAILED'],
  ])('%s', async (...[, headers, status, code]) => {
    const web = await bench.h2c((stream) => stream.respond({}, { endStream: true }))
    const { ask } = await bench.visit(web)
    const said = await ask(headers)
    expect([said.status, JSON.parse(said.body).error.code]).toEqual([status, code])
    expect(web.callers).toEqual([])
  })

  it('who has no proof; who has one comes through without it', async () => {
    const seen: unknown[] = []
    const web = await bench.h2c(
      (stream, headers) => {
        seen.push([headers[':path'], headers.authorization])
        stream.respond({}, { endStream: true })
      },
      { tokenAuth: true },
    )
    const { ask, hall } = await bench.visit(web)
    hall.authority.principals.set('tow_good', principal())
    expect((await ask()).status).toBe(401)
    expect((await ask({ authorization: 'Bearer tow_bad' })).status).toBe(401)
    expect((await ask({ authorization: 'Bearer tow_good', ':path': '/?towline.token=tow_good' })).status).toBe(400)
    expect((await ask({ authorization: 'Bearer tow_good', ':path': '/x' })).status).toBe(200)
    expect((await ask({ ':path': '/x?a=1&towline.token=tow_good' })).status).toBe(200)
    expect(seen).toEqual([
      ['/x', undefined],
      ['/x?a=1', undefined],
    ])
    expect(hall.authority.records.map(({ code }) => code)).toEqual([
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
      'PROOF_DUPLICATE',
    ])
  })

  it('who was let in by a credential that is revoked: what streams breaks off, what was not answered is told', async () => {
    verifies('oauth.revoke')
    const heard: ServerHttp2Stream[] = []
    const web = await bench.h2c(
      (stream, headers) => {
        heard.push(stream)
        if (headers[':path'] === '/slow') return
        stream.respond({})
        stream.write('one')
      },
      { tokenAuth: true },
    )
    const { session, ask, hall } = await bench.visit(web)
    hall.authority.principals.set('tow_mine', principal({ credentialId: 'crd_mine' }))
    hall.authority.principals.set('tow_other', principal({ credentialId: 'crd_other' }))
    const mine = open(session, { authorization: 'Bearer tow_mine' }, true)
    const other = open(session, { authorization: 'Bearer tow_other' }, true)
    await Promise.all([until(mine, 'one'), until(other, 'one')])
    const slow = ask({ authorization: 'Bearer tow_mine', ':path': '/slow' })
    await expect.poll(() => heard.length).toBe(3)
    const ended = saidBy(mine)
    hall.authority.revoke('crd_mine')
    expect((await soon(ended, 'the end')).code).not.toBe(constants.NGHTTP2_NO_ERROR)
    const told = await slow
    expect([told.status, JSON.parse(told.body).error.code]).toEqual([401, 'UNAUTHENTICATED'])
    heard[1]?.end('two')
    await until(other, 'two')
    await expect.poll(() => heard[0]?.destroyed).toBe(true)
  })

  it('an address outside the networks of the tunnel, over either version', async () => {
    const web = await bench.h2c((stream) => stream.respond({}, { endStream: true }), { trustedIps: ['192.0.2.0/24'] })
    const { ask, hall } = await bench.visit(web)
    expect([(await ask()).status, (await get1(hall, {})).status, web.callers]).toEqual([403, 403, []])
  })

  it('with 502 when nothing runs, with 504 when it does not accept, and 503 over the bound', async () => {
    const web = await bench.h2c((stream) => stream.respond({}, { endStream: true }))
    const { ask, hall } = await bench.visit(web)
    web.down = true
    expect(JSON.parse((await ask()).body).error.code).toBe('UPSTREAM_REFUSED')
    expect((await get1(hall, {})).status).toBe(502)
    web.down = false
    expect((await ask()).status).toBe(200)
  })

  it('with 502 when the service speaks no HTTP/2', async () => {
    const web = await bench.http1((_request, response) => response.end(), { httpVersion: 'h2c' })
    const { ask } = await bench.visit(web)
    expect(JSON.parse((await ask()).body).error.code).toBe('UPSTREAM_INVALID')
  })

  it('with 504 when the service does not begin to answer, unless it is a call of gRPC', async () => {
    const seen: string[] = []
    const web = await bench.h2c((stream, headers) => {
      seen.push(String(headers['content-type']))
      if (headers['content-type'] === 'application/grpc') setTimeout(() => grpcOk(stream, 'late'), 100)
    })
    const { ask } = await bench.visit(web, { responseHeadMs: 20 })
    expect((await ask({ ':method': 'POST', 'content-type': 'text/plain' }, 'x')).status).toBe(504)
    expect((await ask(GRPC, 'x')).body).toBe('late')
  })

  it('with 502 when the host stays away', async () => {
    const web = new FakeTunnel({ httpVersion: 'h2c' })
    web.online = false
    const { ask } = await bench.visit(web as ServedTunnel)
    const said = ask()
    await web.holding()
    web.held[0]?.(undefined)
    expect(JSON.parse((await said).body).error.code).toBe('TUNNEL_OFFLINE')
  })
})

describe('gateway, HTTP/2 to an HTTP/2 service', () => {
  it('carries a call of gRPC: vouched head, message, status in trailers', async () => {
    verifies('tunnel.http.h2')
    let got: Record<string, unknown> = {}
    const web = await bench.h2c(async (stream, headers) => {
      got = { ...headers, body: await reads(stream) }
      grpcOk(stream, 'hello back')
    })
    const { ask } = await bench.visit(web)
    const said = await ask({ ...GRPC, 'x-forwarded-for': '6.6.6.6', cookie: ['a=1', 'b=2'] }, 'hello')
    expect(said).toMatchObject({ status: 200, body: 'hello back', trailers: { 'grpc-status': '0' }, code: 0 })
    expect(got).toMatchObject({
      ':method': 'POST',
      ':authority': 'web.dev.localhost',
      ':scheme': 'http',
      te: 'trailers',
      cookie: 'a=1; b=2',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      body: 'hello',
    })
    expect(web.counts).toEqual({ began: 1, answered: 1, ended: 1 })
  })

  it('keeps an answer of trailers only as one head', async () => {
    const web = await bench.h2c((stream) =>
      stream.respond({ 'grpc-status': '12', 'content-type': 'application/grpc' }, { endStream: true }),
    )
    const { session } = await bench.visit(web)
    const stream = open(session, GRPC)
    stream.end('x')
    const [, flags] = (await soon(once(stream, 'response'), 'the head')) as [unknown, number]
    expect(flags & constants.NGHTTP2_FLAG_END_STREAM).toBe(constants.NGHTTP2_FLAG_END_STREAM)
  })

  it('carries trailers and interim answers of a request with both', async () => {
    const web = await bench.h2c(async (stream) => {
      let late: unknown
      stream.on('trailers', (trailers) => {
        late = trailers['x-up']
      })
      await reads(stream)
      stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' })
      stream.respond({ ':status': 200 }, { endStream: false })
      stream.end(`trailer ${late}`)
    })
    const { session } = await bench.visit(web)
    const stream = session.request(
      { ':path': '/', ':authority': 'web.dev.localhost', ...GRPC },
      { waitForTrailers: true },
    )
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-up': '42' }))
    const said = saidBy(stream)
    stream.end('up')
    expect(await soon(said, 'the answer')).toMatchObject({ body: 'trailer 42', interim: [{ ':status': 103 }] })
  })

  it('talks both ways at once, over one connection to the service for all', async () => {
    const web = await bench.h2c((stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.on('data', (chunk) => stream.write(`<${chunk}>`)).on('end', () => stream.end())
    })
    const { session } = await bench.visit(web)
    const talk = async (name: string): Promise<string | string[] | undefined> => {
      const stream = open(session, GRPC)
      const said = saidBy(stream)
      for (const word of ['one', 'two', 'three']) {
        const back = until(stream, `<${name}${word}>`)
        stream.write(name + word)
        await back
      }
      stream.end()
      return (await soon(said, 'the end')).trailers?.['grpc-status']
    }
    expect(await Promise.all(['a', 'b', 'c'].map(talk))).toEqual(['0', '0', '0'])
    expect(web.callers.length).toBe(1)
  })

  it('tells the service when the visitor cancels', async () => {
    let told: (code: number) => void = () => {}
    const cancelled = new Promise<number>((resolve) => (told = resolve))
    const web = await bench.h2c((stream) => {
      stream.respond({ ':status': 200 })
      stream.write('begin')
      stream.on('close', () => told(stream.rstCode))
    })
    const { session } = await bench.visit(web)
    const stream = open(session, GRPC)
    stream.on('error', () => {})
    await until(stream, 'begin')
    stream.close(constants.NGHTTP2_CANCEL)
    expect(await soon(cancelled, 'the cancel')).toBe(constants.NGHTTP2_CANCEL)
  })

  it('tells the visitor when the service cancels before its answer, with its code', async () => {
    const web = await bench.h2c((stream) => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM))
    const { ask } = await bench.visit(web)
    expect((await ask(GRPC, 'x')).code).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM)
  })

  /** Node ends a stream in order before it resets it, unless bytes wait for the reader. */
  const stuck = async () => {
    const streams: ServerHttp2Stream[] = []
    const web = await bench.h2c((stream) => {
      streams.push(stream)
      stream.respond({ ':status': 200 })
      stream.write(Buffer.alloc(8 * 1024 * 1024))
    })
    const { ask, session } = await bench.visit(web)
    const stream = open(session, GRPC)
    stream.end('x')
    await soon(once(stream, 'response'), 'the head')
    return { service: streams[0] as ServerHttp2Stream, stream, ask }
  }

  it('tells the visitor when the service cancels within its answer, with its code', async () => {
    const { service, stream } = await stuck()
    const said = saidBy(stream)
    service.close(constants.NGHTTP2_ENHANCE_YOUR_CALM)
    expect((await soon(said, 'the end')).code).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM)
  })

  it('tells the visitor when the connection to the service breaks within an answer', async () => {
    const { service, stream } = await stuck()
    const said = saidBy(stream)
    service.session?.destroy()
    expect((await soon(said, 'the end')).code).not.toBe(constants.NGHTTP2_NO_ERROR)
  })

  it('holds the service back while the visitor does not read', async () => {
    let pushed = 0
    const web = await bench.h2c((stream) => {
      stream.respond({ ':status': 200 })
      const push = (): void => {
        if (pushed++ === 64) stream.end()
        else if (stream.write(Buffer.alloc(256 * 1024))) setImmediate(push)
        else stream.once('drain', push)
      }
      push()
    })
    const { session } = await bench.visit(web)
    const stream = open(session, {}, true)
    await soon(once(stream, 'response'), 'the head')
    let last = -1
    while (last !== pushed) {
      last = pushed
      await new Promise((next) => setTimeout(next, 50))
    }
    expect(pushed).toBeLessThan(40)
    let got = 0
    stream.on('data', (chunk) => {
      got += chunk.length
    })
    await soon(once(stream, 'end'), 'the end')
    expect(got).toBe(16 * 1024 * 1024)
  })

  it('carries 8 MiB up and down', async () => {
    const web = await bench.h2c((stream) => {
      stream.respond({ ':status': 200 })
      stream.pipe(stream)
    })
    const { ask } = await bench.visit(web)
    const block = Buffer.alloc(8 * 1024 * 1024, 'abcdefghi')
    expect((await ask(GRPC, block)).body === block.toString('latin1')).toBe(true)
  })

  it('bounds how many tunnels one connection uses, and tells the Host that an option asks for', async () => {
    const web = await bench.h2c(
      (stream, headers) => {
        stream.respond({ ':status': 200 })
        stream.end(String(headers[':authority']))
      },
      { hostHeader: 'localhost:3000' },
    )
    const { ask } = await bench.visit(web, { h2Upstreams: 1 })
    expect((await ask()).body).toBe('localhost:3000')
    web.tunnel = { ...web.tunnel, id: 'tun_b' }
    expect((await ask()).status).toBe(503)
  })
})
