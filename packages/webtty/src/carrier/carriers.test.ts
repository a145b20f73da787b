/** Proves that every carrier moves whole messages in order, says how it ended, and stays within its bounds. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LIMITS, NO_SLAB, putU32 } from '@towline/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Carrier, CarrierEnd } from './carrier.ts'
import { channelPair } from './channel-pair.fixture.ts'
import { memoryCarriers } from './memory-carriers.ts'
import { streamCarrier } from './stream-carrier.ts'
import { openWebSocketCarrier, webSocketCarrier } from './web-socket-carrier.ts'

/** What a carrier hands on. */
class Heard {
  readonly messages: Uint8Array[] = []
  drains = 0
  readonly end: Promise<CarrierEnd>
  #waiting: (() => void)[] = []

  constructor(carrier: Carrier) {
    this.end = new Promise((done) => {
      carrier.sink = {
        message: (bytes) => {
          this.messages.push(bytes.slice())
          this.#wake()
        },
        drained: () => {
          this.drains++
          this.#wake()
        },
        closed: done,
      }
    })
    carrier.resume()
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((done) => this.#waiting.push(done))
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

const closes: (() => void)[] = []
afterEach(() => {
  for (const close of closes.splice(0)) close()
})

const webSocketPair = async (): Promise<{ near: Carrier; far: Carrier; socket: WebSocket }> => {
  const server = createServer().listen(0, '127.0.0.1')
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: LIMITS.webttyMessageBytes })
  closes.push(() => {
    sockets.close()
    server.close()
    server.closeAllConnections()
  })
  await new Promise((done) => server.once('listening', done))
  const far = new Promise<WebSocket>((done) => sockets.once('connection', done))
  const near = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, { perMessageDeflate: false })
  closes.push(() => near.terminate())
  return { near: await openWebSocketCarrier(near), far: webSocketCarrier(await far), socket: near }
}

const streamPair = (partBytes = Infinity) => {
  const { near, far } = channelPair()
  near.partBytes = partBytes
  far.partBytes = partBytes
  return { near: streamCarrier(near), far: streamCarrier(far) }
}

const pairs: readonly (readonly [string, () => Promise<{ near: Carrier; far: Carrier }>])[] = [
  ['memory', () => Promise.resolve(memoryCarriers())],
  ['stream', () => Promise.resolve(streamPair())],
  ['stream byte by byte', () => Promise.resolve(streamPair(1))],
  ['stream in parts of 7', () => Promise.resolve(streamPair(7))],
  ['WebSocket', webSocketPair],
]

const message = (length: number, seed: number): Uint8Array => new Uint8Array(length).map((_, at) => at + seed)

/** Writes message after message where the one before lay, without waiting. */
const sendFromOnePlace = async (way: { from: Carrier; to: Carrier; times: number }): Promise<void> => {
  const heard = new Heard(way.to)
  const place = new Uint8Array(20_000)
  const seeds = Array.from({ length: way.times }, (_, seed) => seed % 251)
  for (const seed of seeds) {
    place.fill(seed)
    way.from.send(place)
  }
  place.fill(255)
  await heard.until(() => heard.messages.length === seeds.length)
  const whole = (bytes: Uint8Array): boolean =>
    bytes.length === place.length && bytes.every((byte) => byte === bytes[0])
  expect(heard.messages.map((bytes) => whole(bytes) && bytes[0])).toEqual(seeds)
}

describe('webtty carrier: WebSocket of a server', () => {
  it('keeps a copy of what waits for a socket that is full', async () => {
    const { near, far } = await webSocketPair()
    await sendFromOnePlace({ from: far, to: near, times: 500 })
  })
})

describe.each(pairs)('webtty carrier: %s', (_name, pair) => {
  it('moves messages of all sizes in order, both ways', async () => {
    const { near, far } = await pair()
    const [heardNear, heardFar] = [new Heard(near), new Heard(far)]
    const sent = [1, 2, 300, 5, 4096, 70_000, 3].map(message)
    for (const bytes of sent) {
      near.send(bytes)
      far.send(bytes)
    }
    await heardFar.until(() => heardFar.messages.length === sent.length)
    await heardNear.until(() => heardNear.messages.length === sent.length)
    expect(
      heardFar.messages.map((bytes) => Buffer.compare(bytes, sent[heardFar.messages.indexOf(bytes)] as Uint8Array)),
    ).toEqual(sent.map(() => 0))
    expect(heardNear.messages.map(({ length }) => length)).toEqual(sent.map(({ length }) => length))
  })

  it('leaves a message to who sent it, who may write the next in its place', async () => {
    const { near, far } = await pair()
    await sendFromOnePlace({ from: near, to: far, times: 10 })
  })

  it('says code and reason of a close after everything that was sent', async () => {
    const { near, far } = await pair()
    const [heardNear, heardFar] = [new Heard(near), new Heard(far)]
    near.send(message(9, 0))
    near.close(4410, 'über')
    near.send(message(9, 0))
    expect(await heardFar.end).toEqual({ code: 4410, reason: 'über' })
    expect(await heardNear.end).toEqual({ code: 4410, reason: 'über' })
    expect(heardFar.messages.length).toBe(1)
    expect(near.send(message(1, 0))).toBe(true)
  })

  it('hands nothing on while it is paused, and loses nothing', async () => {
    const { near, far } = await pair()
    const heard = new Heard(far)
    const { sink } = far
    const take = sink.message.bind(sink)
    sink.message = (bytes) => {
      take(bytes)
      far.pause()
    }
    for (let at = 0; at < 5; at++) near.send(message(2, at))
    near.close(1000, 'done')
    for (let got = 1; got <= 5; got++) {
      await heard.until(() => heard.messages.length >= got)
      expect(heard.messages.length).toBe(got)
      far.resume()
    }
    expect(await heard.end).toEqual({ code: 1000, reason: 'done' })
    expect(heard.messages.map(([first]) => first)).toEqual([0, 1, 2, 3, 4])
  })

  it('asks to stop when the other side does not read, and says when to go on', async () => {
    const { near, far } = await pair()
    const heardNear = new Heard(near)
    let sent = 0
    // A socket of the system takes some megabytes.
    while (near.send(new Uint8Array(64 * 1024)) && sent < 1000) sent++
    expect(sent).toBeLessThan(1000)
    expect(near.queued).toBeGreaterThan(0)
    new Heard(far)
    await heardNear.until(() => heardNear.drains > 0)
    expect(near.queued).toBeLessThanOrEqual(LIMITS.webttyQueuedBytes)
  })
})

describe('webtty carrier over a stream', () => {
  it('closes with 4413 for a message over the bound, without waiting for it', async () => {
    const { near, far } = channelPair()
    const heard = new Heard(streamCarrier(far))
    const head = new Uint8Array(4)
    putU32(head, 0, LIMITS.webttyMessageBytes + 1)
    near.write(head)
    expect(await heard.end).toEqual({ code: 4413, reason: 'a message is too long' })
  })

  it.each([[0x8000_007e], [0xffff_ffff]])('closes with 4413 for a close record of length %i', async (word) => {
    const { near, far } = channelPair()
    const heard = new Heard(streamCarrier(far))
    const head = new Uint8Array(4)
    putU32(head, 0, word)
    near.write(head)
    expect((await heard.end).code).toBe(4413)
  })

  it('calls an end without a close record a cut', async () => {
    for (const how of ['end', 'reset'] as const) {
      const { near, far } = channelPair()
      const heard = new Heard(streamCarrier(far))
      near.sink = { data() {}, ended() {}, drained() {}, closed() {} }
      near[how]()
      expect(await heard.end).toEqual({ code: 1006, reason: 'the connection broke' })
    }
  })

  it('calls an end in the middle of a message a cut', async () => {
    const { near, far } = channelPair()
    const heard = new Heard(streamCarrier(far))
    near.write(Uint8Array.of(0, 0, 0, 9, 1, 2))
    near.end()
    expect((await heard.end).code).toBe(1006)
    expect(heard.messages).toEqual([])
  })

  it('reads messages at every cut of the stream', async () => {
    const bytes = Buffer.from('00000001aa00000000000000020b0c80000004115461c3', 'hex')
    for (let at = 1; at < bytes.length; at++) {
      const { near, far } = channelPair()
      const heard = new Heard(streamCarrier(far, bytes.subarray(0, at)))
      far.sink.data(bytes.subarray(at), NO_SLAB)
      expect(await heard.end).toEqual({ code: 0x1154, reason: 'a\ufffd' })
      expect(heard.messages.map((part) => Buffer.from(part).toString('hex'))).toEqual(['aa', '', '0b0c'])
      near.reset()
    }
  })

  it('gathers what waits into few writes', async () => {
    const { near, far } = channelPair()
    const carrier = streamCarrier(near)
    while (carrier.send(new Uint8Array(4096)));
    const writes = near.writes
    for (let more = 0; more < 50; more++) carrier.send(new Uint8Array(100))
    const heard = new Heard(streamCarrier(far))
    await heard.until(() => heard.messages.at(-1)?.length === 100 && heard.messages.length >= writes + 50)
    expect(near.writes).toBe(writes + 1)
  })
})

describe('webtty carrier over a WebSocket', () => {
  it('refuses text', async () => {
    const { far, socket } = await webSocketPair()
    const heard = new Heard(far)
    socket.send('text')
    expect(await heard.end).toEqual({ code: 4400, reason: 'binary messages only' })
    expect(heard.messages).toEqual([])
  })

  it('says 4413 for a message over the bound', async () => {
    const { near, far } = await webSocketPair()
    const [heardNear, heardFar] = [new Heard(near), new Heard(far)]
    near.send(new Uint8Array(LIMITS.webttyMessageBytes + 1))
    expect((await heardNear.end).code).toBe(4413)
    expect((await heardFar.end).code).toBe(1006)
  })

  it('calls a broken connection a cut', async () => {
    const { far, socket } = await webSocketPair()
    const heard = new Heard(far)
    socket.terminate()
    expect((await heard.end).code).toBe(1006)
  })
})

describe('webtty carrier in memory', () => {
  it('still says when to go on after a message that was sent while it was full', async () => {
    const { near, far } = memoryCarriers()
    const heard = new Heard(near)
    while (near.send(new Uint8Array(40_000)));
    // Half of it is read, then a control frame goes out.
    let reads = 0
    far.sink = {
      message: () => void (++reads === 1 && (far.pause(), near.send(new Uint8Array(1)))),
      drained() {},
      closed() {},
    }
    far.resume()
    await new Promise((done) => setImmediate(done))
    expect(heard.drains).toBe(0)
    far.resume()
    await heard.until(() => heard.drains === 1)
  })
})
