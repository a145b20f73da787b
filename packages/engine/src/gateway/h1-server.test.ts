import { once } from 'node:events'
import { constants } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { type ServedTunnel, soon } from '../listen/listener.fixture.ts'
import { Bench, get1, reads } from './gateway.fixture.ts'

const bench = new Bench()
afterEach(() => bench.close())

describe('gateway, HTTP/1 to an HTTP/2 service', () => {
  const echo = (): Promise<ServedTunnel> =>
    bench.h2c(async (stream, headers) => {
      const body = await reads(stream)
      stream.respond({ ':status': 200, 'set-cookie': ['a=1', 'b=2'] }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': String(body.length) }))
      stream.end(JSON.stringify({ ...headers, body }))
    })

  it('forwards requests of one connection, vouching for the visitor, with trailers in chunks', async () => {
    verifies('tunnel.http.h2')
    const { hall } = await bench.visit(await echo())
    const said = await get1(hall, {
      method: 'POST',
      path: '/p?q=1',
      body: 'hello',
      headers: { 'x-forwarded-for': '6.6.6.6' },
    })
    expect(said).toMatchObject({ status: 200, headers: { 'set-cookie': ['a=1', 'b=2'] }, trailers: { 'x-sum': '5' } })
    expect(JSON.parse(said.body)).toMatchObject({
      ':method': 'POST',
      ':path': '/p?q=1',
      ':authority': 'web.dev.localhost',
      'content-length': '5',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      body: 'hello',
    })
  })

  it('serves one request after the other and sends other hosts to another connection', async () => {
    const { hall } = await bench.visit(await echo())
    const socket = connectTcp(hall.port, '127.0.0.1')
    bench.defer(() => socket.destroy())
    let got = ''
    socket.on('data', (chunk) => {
      got += String(chunk)
    })
    const has = async (text: string): Promise<void> => {
      while (!got.includes(text)) await soon(once(socket, 'data'), text)
    }
    socket.write('GET /1 HTTP/1.1\r\nHost: web.dev.localhost\r\n\r\n')
    await has('":path":"/1"')
    socket.write('GET /2 HTTP/1.1\r\nHost: web.dev.localhost\r\n\r\n')
    await has('":path":"/2"')
    socket.write('GET /3 HTTP/1.1\r\nHost: other.dev.localhost\r\n\r\n')
    await soon(once(socket, 'end'), 'the end')
    expect(got).toMatch(/HTTP\/1\.1 404 [^]*TUNNEL_UNKNOWN/)
  })

  it('refuses what is in doubt on a connection that has passed once', async () => {
    const { hall } = await bench.visit(await echo())
    const socket = connectTcp(hall.port, '127.0.0.1')
    bench.defer(() => socket.destroy())
    socket.write('GET /1 HTTP/1.1\r\nHost: web.dev.localhost\r\n\r\n')
    await soon(once(socket, 'data'), 'the answer')
    socket.write(
      'POST /2 HTTP/1.1\r\nHost: web.dev.localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    )
    let got = ''
    socket.on('data', (chunk) => {
      got += String(chunk)
    })
    await soon(once(socket, 'close'), 'the end')
    expect(got).toContain('HTTP/1.1 400')
    expect(got).not.toContain('/2')
  })

  it('works over TLS too', async () => {
    const { ca, hall } = await bench.visit(await echo())
    const { request } = await import('node:https')
    const answer = new Promise<string>((resolve, reject) => {
      const options = {
        port: hall.port,
        host: '127.0.0.1',
        ca,
        servername: 'web.dev.localhost',
        headers: { host: 'web.dev.localhost' },
      }
      const sent = request(options, (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += String(chunk)
        })
        response.on('end', () => resolve(body))
      })
      sent.on('error', reject).end()
    })
    expect(JSON.parse(await soon(answer, 'the answer'))).toMatchObject({ 'x-forwarded-proto': 'https' })
  })

  it('answers HTTP/1 visitors with 502 when the service cancels', async () => {
    const web = await bench.h2c((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM))
    const { hall } = await bench.visit(web)
    expect((await get1(hall, {})).status).toBe(502)
  })
})
