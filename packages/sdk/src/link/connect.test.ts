/** Proves how a link reaches its server: who is trusted, what is not a server of ours, and the ways around what is in between. */
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { openSession, type SessionOptions } from '../session/session.ts'
import { CA, OTHER } from '../testing/certificates.fixture.ts'
import { FakeEngine, type FakeEngineOptions } from '../testing/fake-engine.fixture.ts'
import * as strangers from '../testing/strangers.fixture.ts'
import { connectLink } from './connect.ts'
import { serverOf } from './server.ts'

const HASTY: Limits = { ...LIMITS, linkConnectMs: 300, linkHelloMs: 300 }

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

const keep = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
  const thing = await opening
  open.push(thing)
  return thing
}

const engineWith = (options?: FakeEngineOptions): Promise<FakeEngine> => keep(FakeEngine.open(options))

/** The error of connecting, or the transport the engine saw. */
const attempt = async (options: Omit<SessionOptions, 'token'>, engine?: FakeEngine): Promise<unknown> => {
  const session = openSession({ token: 'tow_test', env: {}, ...options })
  open.push(session)
  try {
    await session.online()
    return engine?.link.transport
  } catch (error) {
    return error instanceof AppError ? { code: error.code, problem: error.details['problem'] } : error
  }
}

describe('sdk link: whom it trusts', () => {
  it('sdk link: refuses a certificate of an unknown authority, on this machine too, and says what to do', async () => {
    verifies('link.tls-pin')
    const engine = await engineWith()
    expect(await attempt({ url: engine.url })).toEqual({
      code: 'SERVER_UNTRUSTED',
      problem: 'its authority is not among the trusted ones',
    })
    const opening = connectLink(serverOf({ url: engine.url, env: {} }), 'auto')
    await expect(opening).rejects.toMatchObject({ next: expect.stringContaining('--ca-file') })
  })

  it('sdk link: refuses a trusted certificate that is for another host', async () => {
    verifies('link.tls-pin')
    const engine = await engineWith({ tls: OTHER })
    expect(await attempt(engine.trusted)).toEqual({ code: 'SERVER_UNTRUSTED', problem: 'it is for another host name' })
  })

  it('sdk link: does not fall back to a WebSocket that would not verify either', async () => {
    verifies('link.tls-pin')
    const engine = await engineWith()
    expect(await attempt({ url: engine.url, transport: 'websocket' })).toMatchObject({ code: 'SERVER_UNTRUSTED' })
  })

  it.each(['http://192.0.2.1:80', 'http://tow.example'])(
    'sdk link: refuses %s, where a token would go in the clear',
    (url) => {
      verifies('link.tls-pin')
      expect(() => openSession({ url, token: 't', env: {} })).toThrow(/http:\/\/ is allowed only for this machine/)
    },
  )

  it('sdk link: takes the certificate of its own authority', async () => {
    verifies('link.tls-pin')
    const engine = await engineWith()
    expect(await attempt(engine.trusted, engine)).toBe('tls')
  })

  it('sdk link: takes a plain link within this machine', async () => {
    const engine = await engineWith({ tls: false })
    expect(await attempt({ url: engine.url }, engine)).toBe('plain')
  })
})

describe('sdk link: what is not a server of ours', () => {
  it('sdk link: says that nothing listens', async () => {
    const gone = await strangers.silence()
    await gone.close()
    const told = { code: 'SERVER_UNREACHABLE', problem: 'nothing listens there' }
    expect(await attempt({ url: `https://127.0.0.1:${gone.port}`, ca: CA })).toEqual(told)
    expect(await attempt({ url: `http://127.0.0.1:${gone.port}` })).toEqual(told)
  })

  it.each([
    ['SSH-2.0-OpenSSH_9.2\r\n', 'it is an SSH server'],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'it is an HTTP server'],
    ['220 mail.example ESMTP\r\n', 'it is a mail or file server'],
    ['\u0000\u0000', 'it speaks another protocol'],
  ])('sdk link: tells a server that says %j on a plain link', async (line, problem) => {
    const { port } = await keep(strangers.banner(line))
    expect(await attempt({ url: `http://127.0.0.1:${port}` })).toEqual({ code: 'NOT_TOWLINE', problem })
  })

  it('sdk link: tells a server without TLS', async () => {
    const { port } = await keep(strangers.banner('SSH-2.0-OpenSSH_9.2\r\n'))
    const told = await attempt({ url: `https://127.0.0.1:${port}`, ca: CA })
    expect(told).toEqual({ code: 'NOT_TOWLINE', problem: 'it does not speak TLS' })
  })

  it('sdk link: tells a web server', async () => {
    const { port } = await keep(strangers.website())
    const told = await attempt({ url: `https://127.0.0.1:${port}`, ca: CA })
    expect(told).toEqual({ code: 'NOT_TOWLINE', problem: 'it answers 200 to a WebSocket' })
  })

  it.each(['https', 'http'])('sdk link: tells a server that says nothing to %s', async (scheme) => {
    const { port } = await keep(strangers.silence())
    const told = await attempt({ url: `${scheme}://127.0.0.1:${port}`, ca: CA, limits: HASTY })
    expect(told).toEqual({ code: 'NOT_TOWLINE', problem: 'it took the connection and says nothing' })
  })

  it('sdk link: speaks TLS 1.3 and nothing older', async () => {
    const { port } = await keep(strangers.oldTls())
    const told = await attempt({ url: `https://127.0.0.1:${port}`, ca: CA, transport: 'tls' })
    expect(told).toEqual({ code: 'NOT_TOWLINE', problem: 'it does not speak TLS 1.3' })
  })

  it('sdk link: refuses TLS asked for on an http:// URL', async () => {
    expect(await attempt({ url: 'http://127.0.0.1:1', transport: 'tls' })).toMatchObject({ code: 'OPTION_INVALID' })
  })
})

describe('sdk link: ways around what is in between', () => {
  it('sdk link: falls back to a WebSocket where ALPN is not understood', async () => {
    const engine = await engineWith({ alpn: ['http/1.1'] })
    expect(await attempt(engine.trusted, engine)).toBe('websocket')
    expect(await attempt({ ...engine.trusted, transport: 'tls' })).toEqual({
      code: 'NOT_TOWLINE',
      problem: 'it does not know towline/1',
    })
  })

  it('sdk link: falls back to a WebSocket where a filter breaks links off, and remembers it until that fails', async () => {
    verifies('link.outbound')
    const engine = await engineWith()
    const filter = await keep(strangers.filter(engine.port, 'towline/1'))
    const how = { ...engine.trusted, url: `https://127.0.0.1:${filter.port}` }
    expect(await attempt(how, engine)).toBe('websocket')
    expect(await attempt(how, engine)).toBe('websocket')
    expect(filter.broken).toBe(1)
    filter.pass = 'nothing'
    expect(await attempt(how)).toMatchObject({ code: 'SERVER_UNREACHABLE' })
    filter.pass = 'everything'
    expect(await attempt(how, engine)).toBe('tls')
  })

  it('sdk link: uses a WebSocket when it is asked to', async () => {
    const engine = await engineWith()
    expect(await attempt({ ...engine.trusted, transport: 'websocket' }, engine)).toBe('websocket')
  })

  it('sdk link: passes a proxy by CONNECT, with its login, and still verifies the server', async () => {
    verifies('link.outbound')
    const engine = await engineWith()
    const proxy = await keep(strangers.proxy())
    const env = { HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${proxy.port}` }
    const url = `https://tow.example:${engine.port}`
    expect(await attempt({ url, ca: CA, env })).toEqual({
      code: 'SERVER_UNTRUSTED',
      problem: 'it is for another host name',
    })
    const named = await engineWith({ tls: OTHER })
    expect(await attempt({ url: `https://other.example:${named.port}`, ca: CA, env }, named)).toBe('tls')
    expect(proxy.asked.at(-1)).toEqual({
      target: `other.example:${named.port}`,
      login: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    })
  })

  it('sdk link: passes a proxy that is reached over TLS, by TLS within TLS and by WebSocket', async () => {
    verifies('link.outbound')
    const engine = await engineWith({ tls: OTHER })
    const proxy = await keep(strangers.proxy({ tls: true }))
    const how = {
      url: `https://other.example:${engine.port}`,
      ca: CA,
      env: { ALL_PROXY: `https://127.0.0.1:${proxy.port}` },
    }
    expect(await attempt(how, engine)).toBe('tls')
    expect(await attempt({ ...how, transport: 'websocket' }, engine)).toBe('websocket')
    expect(proxy.asked.length).toBe(2)
  })

  it('sdk link: names the proxy that refuses, without its login', async () => {
    const proxy = await keep(strangers.proxy({ refuse: 407 }))
    const env = { HTTPS_PROXY: `http://me:hunter2@127.0.0.1:${proxy.port}` }
    const session = openSession({ url: 'https://tow.example', token: 't', env })
    open.push(session)
    const error = await session.online().catch((reason: unknown) => reason)
    expect(JSON.stringify(error)).not.toContain('hunter2')
    expect(error).toMatchObject({
      code: 'PROXY_REFUSED',
      details: { proxy: `http://127.0.0.1:${proxy.port}`, problem: 'it answers 407 No' },
    })
  })

  it('sdk link: names the proxy that is not there', async () => {
    const gone = await strangers.silence()
    await gone.close()
    const env = { HTTPS_PROXY: `http://127.0.0.1:${gone.port}` }
    expect(await attempt({ url: 'https://tow.example', env })).toEqual({
      code: 'PROXY_REFUSED',
      problem: 'nothing listens there',
    })
  })

  it('sdk link: stops connecting when it is told to', async () => {
    const { port } = await keep(strangers.silence())
    const told = new AbortController()
    const opening = connectLink(serverOf({ url: `https://127.0.0.1:${port}`, env: {} }), 'auto', told.signal)
    told.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
  })
})
