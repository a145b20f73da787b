/** Proves what a host does with frames: who is turned away, what ends a stream or a connection, and how bytes are shared out. */
import { AppError, FD, LIMITS, WEBTTY_FRAME, type OpenRequest, type WebttyFrame } from '@towline/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FACTS, rawRig } from './raw-peer.fixture.ts'

const EXEC: OpenRequest = { kind: 'exec', argv: ['x'], stdin: 'pipe' }
const open = (stream: number, body: OpenRequest = EXEC): WebttyFrame => ({ name: 'open', stream, body })
const credit = (stream: number, max: number, fd: 1 | 2 | 3 = FD.stdout): WebttyFrame => ({
  name: 'credit',
  stream,
  body: { fd, max, received: 0 },
})
const input = (stream: number, offset: number, text: string): WebttyFrame => ({
  name: 'data',
  stream,
  body: { fd: FD.stdin, offset, bytes: Buffer.from(text) },
})

const greeted = (permit?: Parameters<typeof rawRig>[0]) => {
  const rig = rawRig(permit)
  rig.peer.hello()
  return rig
}

afterEach(() => vi.useRealTimers())

describe('webtty host: closes the connection for', () => {
  const cases: readonly (readonly [string, Uint8Array | WebttyFrame, number, string])[] = [
    ['a frame cut short', Uint8Array.of(3), 4400, 'a frame that ends too early'],
    ['an empty message', new Uint8Array(0), 4400, 'a message without a frame'],
    [
      'a frame that only servers send',
      { name: 'eof', stream: 9, body: { fd: 0, offset: 0 } },
      4400,
      'eof on a stream that was never opened',
    ],
    ['exit from a client', Uint8Array.of(8, 1, 0), 4400, 'a frame exit from a client'],
    ['a critical frame it does not know', Uint8Array.of(0x7f, 0, 0), 4406, 'a critical frame of type 127'],
    ['an encrypted handshake in the clear', Uint8Array.of(0xe0, 0, 0), 4406, 'a critical frame of type 224'],
    [
      'a second hello',
      { name: 'hello', stream: 0, body: { protocol: 'webtty.v1', features: [] } },
      4400,
      'a second hello',
    ],
  ]
  it.each(cases)('%s', async (_name, sent, code, reason) => {
    const { peer } = greeted()
    if (sent instanceof Uint8Array) peer.raw(sent)
    else peer.send(sent)
    expect(await peer.end).toEqual({ code, reason })
  })

  it('anything before hello', async () => {
    const { peer, sessions } = rawRig()
    peer.send(open(1))
    expect(await peer.end).toEqual({ code: 4400, reason: 'open before hello' })
    expect(sessions.all.size).toBe(0)
  })

  it('another version', async () => {
    const { peer } = rawRig()
    const body = Buffer.from('{"protocol":"webtty.v9","features":[]}')
    peer.raw(Buffer.concat([Uint8Array.of(0, 0, body.length), body]))
    expect(await peer.end).toEqual({ code: 4400, reason: 'hello.protocol is not one of webtty.v1' })
  })

  it('a stream that is opened a second time', async () => {
    const { peer } = greeted()
    peer.send(open(2), open(1))
    expect(await peer.end).toEqual({ code: 4400, reason: 'stream 1 a second time' })
  })

  it('a peer that does not say hello', async () => {
    vi.useFakeTimers()
    const { peer } = rawRig()
    await vi.advanceTimersByTimeAsync(LIMITS.webttyHelloMs)
    expect(await peer.end).toEqual({ code: 4408, reason: 'no hello' })
  })

  it('a peer that has fallen silent, whose processes hear that it was cut off', async () => {
    vi.useFakeTimers()
    const { peer, sessions } = greeted()
    peer.send(open(1))
    await vi.advanceTimersByTimeAsync(LIMITS.webttySilentMs + LIMITS.webttyPingMs)
    expect(await peer.end).toEqual({ code: 4408, reason: 'nothing was heard' })
    expect(sessions.all.get('prc_1')?.done).toEqual(['leave cut'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('a peer that asks and does not read', async () => {
    const { peer, carrier, served } = greeted()
    peer.pause()
    const pings: WebttyFrame[] = Array.from({ length: 10_000 }, () => ({
      name: 'ping',
      stream: 0,
      body: new Uint8Array(8),
    }))
    for (let at = 0; at < 20; at++) peer.send(...pings)
    expect(await served.closed).toEqual({ code: 4429, reason: 'the peer does not read' })
    expect(carrier.queued).toBeLessThan(2 * LIMITS.webttyControlBytes)
  })
})

describe('webtty host: ends one stream alone for', () => {
  const failing = async (frames: readonly WebttyFrame[], code: string) => {
    const { peer, sessions } = greeted()
    peer.send(open(1), open(2))
    await peer.next('opened')
    peer.send(...frames)
    const reset = await peer.next('reset')
    expect(reset).toMatchObject({ stream: 1, body: { code } })
    peer.send({ name: 'ping', stream: 0, body: new Uint8Array(8) })
    await peer.next('pong')
    return { peer, sessions, message: reset.body.message }
  }

  it.each<readonly [string, readonly WebttyFrame[], string]>([
    ['input beyond what was granted', [input(1, 64 * 1024, 'x')], 'input that was not granted'],
    ['input after a gap', [input(1, 5, 'x')], 'input from 5 on, but only 0 came before'],
    [
      'input on an output',
      [{ name: 'data', stream: 1, body: { fd: 1, offset: 0, bytes: Buffer.from('x') } }],
      'input on fd 1',
    ],
    [
      'credit for input',
      [{ name: 'credit', stream: 1, body: { fd: 0, max: 1, received: 0 } }],
      'credit for input from a client',
    ],
  ])('%s', async (_name, frames, problem) => {
    const { sessions, message } = await failing(frames, 'PROTOCOL_ERROR')
    expect(message).toContain(problem)
    expect(sessions.all.get('prc_1')?.done).toEqual(['leave cut'])
    expect(sessions.all.get('prc_2')?.done).toEqual([])
  })

  it('a request that cannot be read, whose stream is used up', async () => {
    const { peer, sessions } = greeted()
    const body = Buffer.from('{"kind":"exec"}')
    peer.raw(Buffer.concat([Uint8Array.of(WEBTTY_FRAME.open, 7, body.length), body]))
    expect(await peer.next('reset')).toMatchObject({ stream: 7, body: { code: 'PROTOCOL_ERROR' } })
    expect(sessions.all.size).toBe(0)
    peer.send(open(7))
    expect(await peer.end).toEqual({ code: 4400, reason: 'stream 7 a second time' })
  })

  it('a process that was refused, with the words of the refusal', async () => {
    const { peer, sessions } = greeted()
    sessions.refusal = new AppError('NAME_TAKEN', { name: 'x' })
    peer.send(open(1))
    expect((await peer.next('reset')).body).toEqual({
      code: 'NAME_TAKEN',
      message: 'The name "x" is in use by another credential.',
      details: { name: 'x' },
    })
  })

  it('a bug of ours, of which only an id is told', async () => {
    const { peer, sessions } = greeted()
    sessions.refusal = new Error('secret path')
    peer.send(open(1))
    const { body } = await peer.next('reset')
    expect(body.code).toBe('INTERNAL')
    expect(body.message).not.toContain('secret')
  })

  it('a process over the bound of a connection', async () => {
    const { peer, sessions } = greeted()
    for (let id = 1; id <= LIMITS.webttyStreams + 1; id++) peer.send(open(id))
    const reset = await peer.next('reset')
    expect(reset).toMatchObject({ stream: LIMITS.webttyStreams + 1, body: { code: 'LIMIT_REACHED' } })
    expect(sessions.all.size).toBe(LIMITS.webttyStreams)
  })

  it('what this peer may not do, and lists nothing to it', async () => {
    const { peer, sessions } = greeted(() => {
      throw new AppError('FORBIDDEN', { permission: 'webtty.exec' })
    })
    peer.send(
      open(1),
      { name: 'attach', stream: 2, body: { processId: 'x', offsets: {} } },
      { name: 'list', stream: 0, body: null },
    )
    expect((await peer.next('reset')).body.code).toBe('FORBIDDEN')
    expect((await peer.next('reset')).body.code).toBe('FORBIDDEN')
    expect((await peer.next('processes')).body).toEqual({ processes: [], last: true })
    expect(sessions.all.size).toBe(0)
  })
})

describe('webtty host', () => {
  it('says hello first, with its facts', async () => {
    const { peer } = rawRig()
    expect((await peer.next('hello')).body).toEqual({ protocol: 'webtty.v1', features: [], server: FACTS })
  })

  it('skips frames of the future that are not critical', async () => {
    const { peer } = greeted()
    peer.raw(Uint8Array.of(0x3f, 7, 2, 1, 1, WEBTTY_FRAME.ping, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8))
    expect([...(await peer.next('pong')).body]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('sends no byte before it was granted, and EXIT after all', async () => {
    const { peer, sessions } = greeted()
    sessions.play = (process) => {
      process.prints(FD.stdout, 'hello')
      process.exits()
    }
    peer.send(open(1))
    await peer.next('opened')
    peer.send({ name: 'ping', stream: 0, body: new Uint8Array(8) })
    await peer.next('pong')
    expect(peer.frames.filter(({ name }) => name === 'data' || name === 'exit')).toEqual([])
    peer.send(credit(1, 3))
    expect(Buffer.from((await peer.next('data')).body.bytes).toString()).toBe('hel')
    peer.send(credit(1, 2), credit(1, 10))
    await peer.next('exit')
    const rest = peer.frames.filter(({ name }) => name === 'data' || name === 'eof')
    expect(rest.map(({ name, body }) => [name, (body as { offset: number }).offset])).toEqual([
      ['eof', 0],
      ['data', 3],
      ['eof', 5],
    ])
  })

  it('confirms input, so that it need not be kept', async () => {
    const { peer } = greeted()
    peer.send(open(1))
    expect((await peer.next('credit')).body).toEqual({ fd: 0, max: 64 * 1024, received: 0 })
    peer.send(input(1, 0, 'abc'), input(1, 1, 'bcd'))
    const granted = [(await peer.next('credit')).body.max, (await peer.next('credit')).body.max]
    expect(granted).toEqual([64 * 1024 + 3, 64 * 1024 + 4])
  })

  it('tells a second writer where the input stands, and goes on there', async () => {
    const { peer, sessions } = greeted()
    peer.send(open(1))
    await peer.next('opened')
    peer.send(input(1, 0, 'abc'), { name: 'attach', stream: 2, body: { processId: 'prc_1', offsets: {} } })
    await peer.next('opened')
    let told = await peer.next('credit')
    while (told.stream !== 2) told = await peer.next('credit')
    expect(told.body).toEqual({ fd: 0, max: 64 * 1024 + 3, received: 3 })
    peer.send(input(2, 3, 'def'))
    peer.send({ name: 'ping', stream: 0, body: new Uint8Array(8) })
    await peer.next('pong')
    expect(sessions.all.get('prc_1')?.input.toString()).toBe('abcdef')
  })

  it('hands on resize, signal and the end of input; leaves when told to', async () => {
    const { peer, sessions } = greeted()
    peer.send(
      open(1),
      { name: 'resize', stream: 1, body: { cols: 9, rows: 8 } },
      { name: 'signal', stream: 1, body: { name: 'INT', target: 'foreground' } },
      { name: 'eof', stream: 1, body: { fd: 0, offset: 0 } },
      { name: 'detach', stream: 1, body: null },
    )
    await peer.next('detach')
    expect(sessions.all.get('prc_1')?.done).toEqual([
      'resize {"cols":9,"rows":8}',
      'signal INT foreground',
      'end 0',
      'leave detach',
    ])
  })

  it('ends a process whose stream the client reset, and drops what was under way for it', async () => {
    const { peer, sessions } = greeted()
    peer.send(open(1))
    await peer.next('opened')
    peer.send({ name: 'reset', stream: 1, body: { code: 'CANCELLED', message: '' } }, input(1, 0, 'late'))
    peer.send({ name: 'ping', stream: 0, body: new Uint8Array(8) })
    await peer.next('pong')
    expect(sessions.all.get('prc_1')?.done).toEqual(['leave cancel'])
    expect(sessions.all.get('prc_1')?.input.length).toBe(0)
  })

  it('lets go of a process that was there only after the connection had ended', async () => {
    const { peer, sessions, served } = greeted()
    peer.send(open(1))
    peer.close()
    await served.closed
    await new Promise((done) => setImmediate(done))
    expect([...sessions.all.values()].flatMap(({ done }) => done)).toEqual(['leave cut'])
  })

  it('shows a screen in parts when output has moved on', async () => {
    const { peer, sessions } = greeted()
    peer.send(open(1, { kind: 'pty' }))
    await peer.next('opened')
    const process = sessions.all.get('prc_1')
    process?.prints(FD.pty, 'x'.repeat(1000))
    process?.drops(FD.pty, 900)
    peer.send({ name: 'attach', stream: 2, body: { processId: 'prc_1', offsets: { 3: 10 } } }, credit(2, 2000, FD.pty))
    const { body } = await peer.next('snapshot')
    expect({ ...body, bytes: Buffer.from(body.bytes).toString() }).toEqual({
      offset: 900,
      cols: 80,
      rows: 24,
      last: true,
      bytes: 'screen at 900',
    })
    expect((await peer.next('data')).body).toMatchObject({ fd: 3, offset: 900 })
  })

  it('cuts long arguments in lists, and sends many processes in pages', async () => {
    const { peer } = greeted()
    for (let id = 1; id <= 40; id++)
      peer.send(open(id, { kind: 'exec', argv: ['x'.repeat(1000), ...Array<string>(200).fill('y')] }))
    peer.send({ name: 'list', stream: 0, body: null })
    const pages = [
      (await peer.next('processes')).body,
      (await peer.next('processes')).body,
      (await peer.next('processes')).body,
    ]
    expect(pages.map(({ processes, last }) => [processes.length, last])).toEqual([
      [16, false],
      [16, false],
      [8, true],
    ])
    expect(pages[0]?.processes[0]?.argv).toEqual([`${'x'.repeat(256)}…`, ...Array<string>(63).fill('y'), '…'])
  })

  it('shares a carrier fairly, keeps it short, and sends control before output', async () => {
    const { peer, sessions, carrier } = greeted()
    sessions.play = (process) => process.prints(FD.stdout, new Uint8Array(2_000_000))
    for (const id of [1, 2, 3]) peer.send(open(id), credit(id, 2_000_000))
    await peer.next('opened')
    peer.pause()
    peer.send({ name: 'ping', stream: 0, body: new Uint8Array(8) })
    await new Promise((done) => setImmediate(done))
    expect(carrier.queued).toBeLessThanOrEqual(LIMITS.webttyQueuedBytes + LIMITS.webttyBatchBytes)
    peer.frames.length = 0
    peer.resume()
    const seen = new Map<number, number>()
    const order: number[] = []
    while ((seen.get(1) ?? 0) < 1_000_000) {
      const { stream, body } = await peer.next('data')
      seen.set(stream, (seen.get(stream) ?? 0) + body.bytes.length)
      order.push(stream)
    }
    expect(Math.min(...[2, 3].map((id) => seen.get(id) ?? 0))).toBeGreaterThan(800_000)
  })

  it('sends bulk in large messages, and a keystroke at once', async () => {
    const { peer, sessions } = greeted()
    peer.send(open(1, { kind: 'pty' }), credit(1, 50_000_000, FD.pty))
    await peer.next('opened')
    const process = sessions.all.get('prc_1')
    peer.messageBytes.length = 0
    for (let at = 0; at < 300; at++) process?.prints(FD.pty, new Uint8Array(4000))
    for (let got = 0; got < 1_200_000; ) got += (await peer.next('data')).body.bytes.length
    expect(1_200_000 / peer.messageBytes.length).toBeGreaterThan(30_000)
  })
})
