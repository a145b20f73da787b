import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { IDLE_SINK, type Sink } from '@towline/protocol'
import { Ear } from '@towline/testkit/ear'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

/** The one suite both socket implementations pass: `handle` drives stream handles, `public` Node's own API. */
const PATHS = ['handle', 'public'] as const

type Net = typeof import('../index.ts')

const load = async (path: (typeof PATHS)[number]): Promise<Net> => {
  vi.resetModules()
  vi.stubEnv('TOWLINE_SOCKET_PATH', path)
  return import('../index.ts')
}

/** A promise and its resolve; Promise.withResolvers is newer than our oldest Node. */
const deferred = <T>() => {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

/** Writes until the channel asks to wait; bounded, so that a broken channel fails the test instead of hanging it. */
const fill = (channel: { write(bytes: Uint8Array): boolean }, chunk: Uint8Array): number => {
  for (let sent = 1; sent <= 1_000; sent++) if (!channel.write(chunk)) return sent
  throw new Error('the channel never asked to wait')
}

describe.each(PATHS)('base net: a socket on the %s path', (path) => {
  let net: Net
  const open: { close(): unknown }[] = []

  beforeEach(async () => {
    net = await load(path)
  })

  afterEach(async () => {
    for (const thing of open.splice(0).reverse()) await thing.close()
    vi.unstubAllEnvs()
  })

  const pair = async () => {
    const accepted = deferred<Awaited<ReturnType<Net['connectBytes']>>>()
    const server = await net.listenBytes({ host: '127.0.0.1', port: 0, onConnection: accepted.resolve })
    open.push(server)
    const near = await net.connectBytes({ host: '127.0.0.1', port: server.port, timeoutMs: 2_000 })
    const far = await accepted.promise
    open.push({ close: () => near.reset() }, { close: () => far.reset() })
    return { near, far, server }
  }

  const listen = async (channel: { sink: Sink; resume(): void }): Promise<Ear> => {
    const ear = new Ear()
    channel.sink = ear
    channel.resume()
    return ear
  }

  it('is on the path that was asked for', () => {
    expect(net.socketPath()).toBe(path)
  })

  it('refuses with UPSTREAM_REFUSED where nothing listens', async () => {
    const { server } = await pair()
    await server.close()
    const attempt = net.connectBytes({ host: 'localhost', port: server.port, timeoutMs: 2_000 })
    await expect(attempt).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED' })
  })

  it('refuses a port in use, naming the address', async () => {
    const { server } = await pair()
    const again = net.listenBytes({ host: '127.0.0.1', port: server.port, onConnection() {} })
    await expect(again).rejects.toMatchObject({ code: 'PORT_IN_USE', details: { address: `127.0.0.1:${server.port}` } })
  })

  it('knows both ends of the connection', async () => {
    const { near, far, server } = await pair()
    expect(near.remotePort).toBe(server.port)
    expect(far).toMatchObject({ remoteAddress: '127.0.0.1', remotePort: near.localPort, localPort: server.port })
  })

  it('carries bytes both ways and half-closes each way on its own', async () => {
    const { near, far } = await pair()
    far.settle()
    const [nearEar, farEar] = [await listen(near), await listen(far)]
    near.write(Buffer.from('ping'))
    near.end()
    await farEar.until(() => farEar.said.includes('ended'))
    expect(farEar.bytes.toString()).toBe('ping')
    far.write(Buffer.from('pong after your end'))
    far.end()
    await nearEar.until(() => nearEar.said.includes('closed undefined'))
    await farEar.until(() => farEar.said.includes('closed undefined'))
    expect(nearEar.bytes.toString()).toBe('pong after your end')
    expect([nearEar.said, farEar.said]).toEqual([
      ['ended', 'closed undefined'],
      ['ended', 'closed undefined'],
    ])
  })

  it('passes a reset on as a reset', async () => {
    const { near, far } = await pair()
    const [nearEar, farEar] = [await listen(near), await listen(far)]
    near.reset(6)
    await farEar.until(() => farEar.said.length > 0)
    expect([nearEar.said, farEar.said]).toEqual([['closed 6'], ['closed 3']])
  })

  it('says drained after it asked to wait, and loses nothing', async () => {
    const { near, far } = await pair()
    const nearEar = await listen(near)
    const chunk = Buffer.alloc(256 * 1024, 7)
    const sent = fill(near, chunk)
    near.write(Buffer.from('the last'))
    near.end()
    const farEar = await listen(far)
    await farEar.until(() => farEar.said.includes('ended'))
    expect(farEar.bytes.length).toBe(sent * chunk.length + 8)
    expect(farEar.bytes.subarray(-8).toString()).toBe('the last')
    expect(nearEar.said).not.toContain('closed 3')
  })

  it('stops reading while paused', async () => {
    const { near, far } = await pair()
    const farEar = await listen(far)
    near.write(Buffer.from('a'))
    await farEar.until(() => farEar.bytes.length === 1)
    far.pause()
    const more = Buffer.alloc(1024 * 1024)
    fill(near, more)
    expect(farEar.bytes.length).toBe(1)
    far.resume()
    await farEar.until(() => farEar.bytes.length > 1024 * 1024)
  })

  it('hands a connection over to Node with the bytes already read', async () => {
    const { near, far } = await pair()
    const taken = deferred<Socket>()
    far.sink = { ...IDLE_SINK, data: (bytes) => taken.resolve(far.detach(bytes)) }
    far.resume()
    near.write(Buffer.from('GET / HTTP/1.1\r\n'))
    const socket = await taken.promise
    near.write(Buffer.from('more'))
    let got = ''
    for await (const chunk of socket) {
      got += String(chunk)
      if (got.endsWith('more')) break
    }
    expect(got).toBe('GET / HTTP/1.1\r\nmore')
  })

  it('gives a connection that Node opened back to it', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
    open.push(server)
    const socket = connect((server.address() as { port: number }).port, '127.0.0.1')
    await once(socket, 'connect')
    const channel = net.byteSocket(socket)
    const back = deferred<Socket>()
    channel.sink = { ...IDLE_SINK, data: (bytes) => back.resolve(channel.detach(bytes)) }
    channel.resume()
    channel.write(Buffer.from('one'))
    const again = await back.promise
    again.write('two')
    let got = ''
    for await (const chunk of again) {
      got += String(chunk)
      if (got.endsWith('two')) break
    }
    expect(got).toBe('onetwo')
  })

  it('wraps a connection of Node with what it had already buffered', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).end('hello from node'))
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
    open.push(server)
    const socket = connect((server.address() as { port: number }).port, '127.0.0.1')
    await once(socket, 'readable')
    const channel = net.byteSocket(socket)
    const ear = await listen(channel)
    await ear.until(() => ear.said.includes('ended'))
    expect(ear.bytes.toString()).toBe('hello from node')
    channel.reset()
    await once(server.close(), 'close')
  })

  it('joins two connections with pipe, byte for byte', async () => {
    const left = await pair()
    const right = await pair()
    left.far.bulk()
    const piped = new Promise<number | undefined>((over) => net.pipe(left.far, right.near, over))
    const out = await listen(right.far)
    const back = await listen(left.near)
    const block = Buffer.from(Array.from({ length: 65_521 }, (_, at) => (at * 31) % 251))
    for (let at = 0; at < 128; at++) {
      if (left.near.write(block)) continue
      const drains = back.said.length
      await back.until(() => back.said.length > drains)
    }
    left.near.end()
    await out.until(() => out.said.includes('ended'))
    right.far.end()
    expect(await piped).toBeUndefined()
    expect(out.bytes.length).toBe(128 * block.length)
    for (let at = 0; at < 128; at++)
      expect(out.bytes.compare(block, 0, block.length, at * block.length, (at + 1) * block.length)).toBe(0)
  })

  it('resets one side of a pipe when the other breaks', async () => {
    const left = await pair()
    const right = await pair()
    const piped = new Promise<number | undefined>((over) => net.pipe(left.far, right.near, over))
    const out = await listen(right.far)
    left.near.reset()
    await out.until(() => out.said.length > 0)
    expect(out.said).toEqual(['closed 3'])
    expect(await piped).toBe(3)
  })

  it('looks like a socket to Node libraries through toDuplex', async () => {
    const { near, far } = await pair()
    const duplex = net.toDuplex(far, { remoteAddress: '10.1.2.3', remotePort: 9 })
    const nearEar = await listen(near)
    near.write(Buffer.from('question'))
    near.end()
    let got = ''
    duplex.on('data', (chunk) => {
      got += String(chunk)
    })
    await once(duplex, 'end')
    duplex.end('answer')
    await nearEar.until(() => nearEar.said.includes('closed undefined'))
    expect({ got, back: nearEar.bytes.toString(), from: duplex.remoteAddress }).toEqual({
      got: 'question',
      back: 'answer',
      from: '10.1.2.3',
    })
  })
})
