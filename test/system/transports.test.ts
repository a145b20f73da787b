/** Proves the ways of a link through what stands in between: a WebSocket where TLS links are broken off, a CONNECT proxy, version skew. */
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { connectBytes } from '@towline/base'
import { AppError, attachLink, LIMITS, type Refusal } from '@towline/protocol'
import {
  openEcho,
  openSystem,
  openTcpService,
  type Service,
  type System,
  verifies,
  visit,
  openHttpService,
  within,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const clientsOf = async (system: System): Promise<readonly { transport: string; agent: string }[]> =>
  ((await (await system.api('/api/engine/clients')).json()) as { clients: { transport: string; agent: string }[] })
    .clients

/** A middlebox that looks into what clients say first, and breaks off what it does not like. */
const openMiddlebox = (to: number, refuses: (first: Buffer) => boolean): Promise<Service> =>
  openTcpService((near) => {
    near.once('data', (first: Buffer) => {
      if (refuses(first)) return void near.resetAndDestroy()
      const far = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })
      far.on('error', () => near.destroy())
      far.on('close', () => near.destroy())
      near.on('close', () => far.destroy())
      far.write(first)
      near.pipe(far).pipe(near)
    })
  })

interface Proxy extends AsyncDisposable {
  readonly url: string
  /** What CONNECT asked for. */
  readonly asked: IncomingMessage[]
}

/** An HTTP proxy that leads every CONNECT to this machine, for who knows the password. */
const openProxy = async (login: string): Promise<Proxy> => {
  const asked: IncomingMessage[] = []
  const sockets = new Set<Socket>()
  const expected = `Basic ${Buffer.from(login).toString('base64')}`
  const server = createServer().on('connect', (request, near: Socket) => {
    asked.push(request)
    sockets.add(near.on('error', () => {}))
    if (request.headers['proxy-authorization'] !== expected) {
      return void near.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
    }
    const far = connect({ port: Number(request.url?.split(':')[1]), host: '127.0.0.1' }, () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n')
      near.pipe(far).pipe(near)
    })
    sockets.add(far.on('error', () => {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  const { port } = server.address() as AddressInfo
  return { url: `http://${login}@127.0.0.1:${port}`, asked, [Symbol.asyncDispose]: close }
}

describe('transports', () => {
  let system: System
  let web: Service
  beforeAll(async () => {
    system = await openSystem({ domain: 'towline.test' })
    web = await openHttpService((_request, response) => response.end('served'))
  })
  afterAll(() => Promise.all([system?.close(), web?.close()]))

  it('hosts over a WebSocket when that is asked for', async () => {
    verifies('link.outbound')
    const session = system.session({ transport: 'websocket' })
    const { url } = await system.serve({ kind: 'http', name: 'ws' }, web.port, session)
    expect(await visit({ to: url })).toMatchObject({ status: 200, body: 'served' })
    expect(await clientsOf(system)).toMatchObject([{ transport: 'websocket' }])
    await session.close()
  })

  it('falls back to a WebSocket where a middlebox breaks links off, and says so in the inventory', async () => {
    verifies('link.outbound')
    await using middlebox = await openMiddlebox(system.port, (first) => first.includes('towline/1'))
    const session = system.session({ url: `https://127.0.0.1:${middlebox.port}` })
    const { url } = await system.serve({ kind: 'http', name: 'fallback' }, web.port, session)
    expect(await visit({ to: url })).toMatchObject({ status: 200, body: 'served' })
    expect(await clientsOf(system)).toMatchObject([{ transport: 'websocket' }])
    await session.close()
  })

  it('does not fall back where TLS alone was asked for', async () => {
    await using middlebox = await openMiddlebox(system.port, (first) => first.includes('towline/1'))
    const session = system.session({ url: `https://127.0.0.1:${middlebox.port}`, transport: 'tls' })
    await expect(session.online()).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
  })

  it('goes through the proxy that the environment names, by the name of the server, with its login', async () => {
    verifies('link.outbound')
    await using proxy = await openProxy('user:pass')
    const env = { HTTPS_PROXY: proxy.url }
    const session = system.session({ url: `https://towline.test:${system.port}`, env })
    const { url } = await system.serve({ kind: 'http', name: 'proxied' }, web.port, session)
    expect(await visit({ to: url })).toMatchObject({ status: 200, body: 'served' })
    expect(proxy.asked.map(({ url: target }) => target)).toEqual([`towline.test:${system.port}`])
    await session.close()
  })

  it('tells of a proxy that refuses, without its password', async () => {
    verifies('link.outbound')
    await using proxy = await openProxy('user:right')
    const env = { HTTPS_PROXY: proxy.url.replace('right', 'wrong') }
    const session = system.session({ url: `https://towline.test:${system.port}`, env })
    const refused = await session.online().catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'PROXY_REFUSED' })
    expect(JSON.stringify(refused)).not.toContain('wrong')
  })

  it('tells a client of another version what to upgrade, and keeps nothing of it', async () => {
    verifies('link.version')
    const channel = await connectBytes({ host: '127.0.0.1', port: system.port, timeoutMs: 5_000 })
    const refused = await within(
      'the refusal',
      new Promise<Refusal>((resolve) => {
        const mux = attachLink(channel, {
          role: 'client',
          limits: LIMITS,
          onStream: (stream) => stream.reset(),
          onControl: (message) => resolve(message as Refusal),
          onClosed: () => {},
        })
        mux.send({ type: 'hello', min: 8, max: 9, token: system.token, agent: 'later/9', os: 'linux', arch: 'x64' })
      }),
    )
    expect(AppError.from(refused.error)).toMatchObject({ code: 'VERSION_SKEW', next: 'Upgrade the server.' })
    expect(await clientsOf(system)).toEqual([])
    channel.reset()
  })

  it('tells a revoked and an expired credential apart from a good one in one way, and ends what it opened', async () => {
    verifies('private.authorize', 'link.tls-pin')
    await using echo = await openEcho()
    const token = await system.otherToken()
    const session = system.session({ token })
    const tunnel = await system.serve({ kind: 'private', name: 'passing' }, echo.port, session)
    const { credentialId } = await system.control.authority.verify(token)
    await system.control.revoke(credentialId)
    expect(await within('the end of the tunnel', tunnel.closed)).toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(system.session({ token }).online()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect((await system.api('/api/engine/tunnels', { headers: { authorization: `Bearer ${token}` } })).status).toBe(
      401,
    )
  })

  it('tells another credential that a name is taken, and leaves the holder alone', async () => {
    verifies('tunnel.takeover', 'tunnel.name.stable')
    const holder = await system.serve({ kind: 'http', name: 'mine' }, web.port)
    const other = system.session({ token: await system.otherToken() })
    await expect(system.serve({ kind: 'http', name: 'mine' }, web.port, other)).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    })
    expect(await visit({ to: holder.url })).toMatchObject({ status: 200, body: 'served' })
    expect(holder.status).toBe('online')
  })
})
