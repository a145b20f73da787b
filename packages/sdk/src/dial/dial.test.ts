/** Proves dialing private tunnels: refused in words, first bytes without waiting, and local ports that lead to them. */
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { type AppError, type Limits, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeEngine } from '../testing/fake-engine.fixture.ts'
import { open as listen } from '../testing/strangers.fixture.ts'
import { connect, type Towline } from '../towline.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

const linked = async (limits: Limits = LIMITS): Promise<{ engine: FakeEngine; towline: Towline }> => {
  const engine = await FakeEngine.open({ tls: false })
  open.push(engine)
  const towline = await connect({ url: engine.url, token: 'tow_test', limits, env: {} })
  open.push(towline)
  return { engine, towline }
}

/** A private tunnel `db` to a service that answers what it is sent, in capitals. */
const database = async (towline: Towline): Promise<void> => {
  const shout = (socket: Socket): void => {
    socket.on('data', (chunk: Buffer) => void socket.write(String(chunk).toUpperCase()))
    socket.on('end', () => socket.end('.'))
  }
  const opened = await listen(createServer({ allowHalfOpen: true }, shout))
  open.push(opened)
  await towline.forward(opened.port, { kind: 'private', name: 'db' })
}

const read = async (stream: AsyncIterable<Buffer>): Promise<string> => {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

describe('sdk dial', () => {
  it('sdk dial: refuses addresses that are none', async () => {
    const { towline } = await linked()
    await expect(towline.dial('tow://DB')).rejects.toMatchObject({ code: 'NAME_INVALID' })
    await expect(towline.listen({ target: 'tow://db/x' })).rejects.toMatchObject({ code: 'TARGET_INVALID' })
  })

  it('sdk dial: says in the error of the stream why it was refused', async () => {
    const { towline } = await linked()
    await towline.serve((_request, response) => response.end(), { name: 'web' })
    const codes = await Promise.all(
      ['nobody', 'web'].map(async (name) => {
        const stream = await towline.dial(`tow://${name}`)
        return new Promise((done) => stream.on('error', (error) => done((error as AppError).code)))
      }),
    )
    expect(codes).toEqual(['TUNNEL_UNKNOWN', 'DIAL_PUBLISHED'])
  })

  it('sdk dial: says that the engine is away when it stays away', async () => {
    const limits = { ...LIMITS, holdMs: 50, linkRetryMinMs: 1, linkRetryMaxMs: 2 }
    const { engine, towline } = await linked(limits)
    await engine.close()
    await engine.until(() => engine.links.length === 0)
    for await (const { status } of towline.session.states.values()) if (status !== 'online') break
    await expect(towline.dial('tow://db')).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
  })

  it('sdk dial: sends the first bytes with the open, before the engine has said a word', async () => {
    verifies('private.zero-rtt')
    const { engine, towline } = await linked()
    const arrived: string[] = []
    const { link } = engine
    const { channel } = link
    const { sink } = channel
    const answered = new Promise<void>((done) => {
      // The engine's side is frozen: what comes is written down and answered by nothing.
      channel.sink = {
        ...sink,
        data: (bytes) => {
          arrived.push(Buffer.from(bytes).toString('latin1'))
          if (arrived.join('').includes('first bytes')) done()
        },
      }
    })
    const stream = await towline.dial('tow://db')
    stream.write('first bytes')
    await answered
    expect(arrived.join('')).toMatch(/"dial":"db".*first bytes/s)
    stream.destroy()
    channel.sink = sink
  })

  it('sdk dial: joins the dialer to the service, with half-close', async () => {
    const { towline } = await linked()
    await database(towline)
    const stream = await towline.dial('tow://db')
    stream.end('hello')
    expect(await read(stream)).toBe('HELLO.')
  })

  it('sdk dial: opens a local port that leads to the tunnel, one stream a connection', async () => {
    const { towline } = await linked()
    await database(towline)
    const { port } = await towline.listen({ target: 'db' })
    const answers = await Promise.all(
      ['one', 'two', 'three'].map((word) => read(connectTcp({ port, allowHalfOpen: true }).end(word))),
    )
    expect(answers).toEqual(['ONE.', 'TWO.', 'THREE.'])
  })

  it('sdk dial: refuses a port in use', async () => {
    const { towline } = await linked()
    const { port } = await towline.listen({ target: 'db' })
    await expect(towline.listen({ target: 'db', port })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
  })

  it('sdk dial: resets a connection that cannot be joined, tells why, and keeps the port open', async () => {
    const { towline } = await linked()
    const refused: string[] = []
    const { port } = await towline.listen({ target: 'db', onRefused: ({ code }) => refused.push(code) })
    const first = connectTcp(port)
    const broken = await new Promise((done) => first.on('error', (error: NodeJS.ErrnoException) => done(error.code)))
    expect([broken, refused]).toEqual(['ECONNRESET', ['TUNNEL_UNKNOWN']])
    await database(towline)
    expect(await read(connectTcp({ port, allowHalfOpen: true }).end('again'))).toBe('AGAIN.')
  })
})
