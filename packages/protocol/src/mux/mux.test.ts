import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { type Channel, NO_SLAB, type Sink } from '../channel.ts'
import type { AppError } from '../errors.ts'
import { LIMITS, type Limits } from '../limits.ts'
import type { ControlMessage, StreamOpen } from '../link/messages.ts'
import { RESET } from '../reset.ts'
import { FRAME, putHeader } from './frame.ts'
import { Mux } from './mux.ts'

/** What a stream's consumer heard. */
class Ear implements Sink {
  bytes = 0
  text = ''
  readonly said: string[] = []
  data(bytes: Uint8Array): void {
    this.bytes += bytes.length
    if (this.bytes < 1_000) this.text += new TextDecoder().decode(bytes)
  }
  ended(): void {
    this.said.push('ended')
  }
  drained(): void {
    this.said.push('drained')
  }
  closed(reset?: number): void {
    this.said.push(`closed ${reset}`)
  }
}

interface Side {
  readonly mux: Mux
  readonly streams: { stream: Channel; open: StreamOpen }[]
  readonly control: ControlMessage[]
  readonly closed: (AppError | undefined)[]
  /** Bytes on their way to the peer. */
  wire: Uint8Array[]
  /** False makes the link busy until `free`. */
  takes: boolean
}

/** Two muxes joined by hand: nothing moves until `run`. Time is `clock.ms`. */
const join = (limits: Limits = LIMITS, cut = 1_000_000) => {
  const clock = { ms: 1_000 }
  const deferred: (() => void)[] = []
  const make = (role: 'client' | 'engine'): Side => {
    const side: Omit<Side, 'mux'> = {
      streams: [],
      control: [],
      closed: [],
      wire: [],
      takes: true,
    }
    const mux: Mux = new Mux({
      role,
      limits,
      now: () => clock.ms,
      defer: (run) => deferred.push(run),
      out: {
        write: (bytes) => {
          full.wire.push(new Uint8Array(bytes))
          return full.takes
        },
      },
      onStream: (stream, open) => side.streams.push({ stream, open }),
      onControl: (message) => side.control.push(message),
      onClosed: (error) => side.closed.push(error),
    })
    const full: Side = Object.assign(side, { mux })
    return full
  }
  const [client, engine] = [make('client'), make('engine')]
  const carry = (from: Side, to: Side): boolean => {
    const parts = from.wire
    from.wire = []
    for (const part of parts) {
      for (let at = 0; at < part.length; at += cut) to.mux.receive(part.subarray(at, at + cut), NO_SLAB)
    }
    return parts.length > 0
  }
  /** Moves everything until both sides are at rest. */
  const run = (): void => {
    for (let turns = 0; turns < 10_000; turns++) {
      const due = deferred.splice(0)
      for (const job of due) job()
      const moved = [carry(client, engine), carry(engine, client)]
      if (due.length === 0 && !moved.includes(true)) return
    }
    throw new Error('the muxes never came to rest')
  }
  return { client, engine, clock, run }
}

const bytes = (count: number): Uint8Array => new Uint8Array(count).fill(7)
const text = (words: string): Uint8Array => new TextEncoder().encode(words)

const accept = (side: Side, at = 0): { ear: Ear; stream: Channel } => {
  const { stream } = side.streams[at] as Side['streams'][number]
  const ear = new Ear()
  stream.sink = ear
  stream.resume()
  return { ear, stream }
}

describe('mux: what is refused', () => {
  const raw = (frame: { type: number; id: number; payload: Uint8Array }): Uint8Array => {
    const out = new Uint8Array(8 + frame.payload.length)
    putHeader(out, 0, {
      type: frame.type,
      length: frame.payload.length,
      id: frame.id,
    })
    out.set(frame.payload, 8)
    return out
  }
  const send = (frame: { type: number; id: number; payload: Uint8Array }): AppError | undefined => {
    const { client, engine, run } = join()
    client.mux.open({ dial: 'db' }, new Ear())
    run()
    engine.mux.receive(raw(frame), NO_SLAB)
    expect(engine.closed).toHaveLength(1)
    return engine.closed[0]
  }

  it.each([
    ['an unknown frame type', { type: 99, id: 0, payload: bytes(0) }],
    ['an open with an id of the wrong side', { type: FRAME.open, id: 2, payload: text('{}') }],
    ['an open with an id that was used', { type: FRAME.open, id: 1, payload: text('{}') }],
    ['an open of stream 0', { type: FRAME.open, id: 0, payload: text('{}') }],
    ['data for a stream that never was', { type: FRAME.data, id: 77, payload: bytes(1) }],
    ['data on stream 0', { type: FRAME.data, id: 0, payload: bytes(1) }],
    ['a window of the wrong length', { type: FRAME.window, id: 1, payload: bytes(3) }],
    ['an end with a payload', { type: FRAME.end, id: 1, payload: bytes(1) }],
    ['a control message that is not JSON', { type: FRAME.control, id: 0, payload: text('{') }],
    ['a data frame over the bound', { type: FRAME.data, id: 1, payload: bytes(LIMITS.muxFramePayload + 1) }],
  ])('closes the link on %s', (_what, frame) => {
    expect(send(frame)).toMatchObject({ code: 'PROTOCOL_ERROR' })
  })

  it('closes the link on a wrong preface', () => {
    const { engine } = join()
    engine.mux.receive(text('GET / HTTP/1.1\r\n'), NO_SLAB)
    expect(engine.closed[0]).toMatchObject({ code: 'PROTOCOL_ERROR' })
  })

  it('closes the link on more data than was granted', () => {
    const { client, engine, run } = join()
    client.mux.open({ dial: 'db' }, new Ear())
    run()
    for (let sent = 0; sent <= LIMITS.muxWindowInitial; sent += LIMITS.muxFramePayload) {
      engine.mux.receive(
        raw({
          type: FRAME.data,
          id: 1,
          payload: bytes(LIMITS.muxFramePayload),
        }),
        NO_SLAB,
      )
    }
    expect(engine.closed[0]).toMatchObject({ code: 'PROTOCOL_ERROR' })
  })

  it('refuses one stream more than the bound, here by an error and there by RESET busy', () => {
    const limits = { ...LIMITS, muxStreams: 2 }
    const { client, run } = join(limits)
    client.mux.open({ dial: 'a' }, new Ear())
    client.mux.open({ dial: 'b' }, new Ear())
    expect(() => client.mux.open({ dial: 'c' }, new Ear())).toThrowError(
      expect.objectContaining({ code: 'LIMIT_REACHED' }),
    )
    run()
  })
})

describe('mux: a peer that takes more than its share', () => {
  it('is closed when it pings and never reads the answers', () => {
    verifies('limits.table')
    const { client, engine, run } = join({ ...LIMITS, muxOutboxMax: 100_000 })
    run()
    engine.takes = false
    const ping = new Uint8Array(16)
    putHeader(ping, 0, { type: FRAME.ping, length: 8, id: 0 })
    for (let sent = 0; sent < 20_000 && engine.closed.length === 0; sent++) engine.mux.receive(ping, NO_SLAB)
    expect(engine.closed[0]).toMatchObject({ code: 'LIMIT_REACHED', details: { limit: 'muxOutboxMax' } })
    expect(client.closed).toEqual([])
  })

  it('gets RESET busy for a stream more while too much lies unread', () => {
    const { client, engine, run } = join()
    run()
    engine.mux.budget.unread = LIMITS.muxUnread
    const near = new Ear()
    client.mux.open({ dial: 'db' }, near)
    run()
    expect(near.said).toEqual([`closed ${RESET.busy}`])
  })

  it('is closed when what it sent and nobody reads passes the bound', () => {
    const { client, engine, run } = join({ ...LIMITS, muxUnreadMax: 100_000 })
    const stream = client.mux.open({ dial: 'db' }, new Ear())
    run()
    for (let at = 0; at < 3; at++) stream.write(bytes(50_000))
    run()
    expect(engine.closed[0]).toMatchObject({ code: 'LIMIT_REACHED', details: { limit: 'muxUnreadMax' } })
  })
})

describe('mux: streams', () => {
  it.each([1, 2, 3, 7, 8, 9, 13, 64])('carries both directions when the wire is cut every %i bytes', (cut) => {
    verifies('link.mux')
    const { client, engine, run } = join(LIMITS, cut)
    const near = new Ear()
    const stream = client.mux.open({ dial: 'db', requestId: 'r1' }, near)
    stream.write(text('before any answer'))
    stream.end()
    run()
    const far = accept(engine)
    far.stream.write(text('and back'))
    far.stream.end()
    run()
    expect(engine.streams[0]?.open).toEqual({ dial: 'db', requestId: 'r1' })
    expect([far.ear.text, far.ear.said]).toEqual(['before any answer', ['ended', 'closed undefined']])
    expect([near.text, near.said]).toEqual(['and back', ['ended', 'closed undefined']])
    expect([client.mux.streamCount, engine.mux.streamCount]).toEqual([0, 0])
  })

  it('sends first bytes of a dial without waiting for anything', () => {
    verifies('private.zero-rtt')
    const { client, run, engine } = join()
    client.mux.open({ dial: 'db' }, new Ear()).write(text('first'))
    run()
    const far = accept(engine)
    expect(far.ear.text).toBe('first')
  })

  it('tells a reset with its code, once, and drops what was on its way', () => {
    const { client, engine, run } = join()
    const near = new Ear()
    const stream = client.mux.open({ dial: 'db' }, near)
    run()
    engine.streams[0]?.stream.reset(RESET.forbidden)
    stream.write(text('crosses the reset'))
    run()
    expect(near.said).toEqual([`closed ${RESET.forbidden}`])
    expect(engine.closed).toEqual([])
  })

  it('keeps at most a window of a stream that nobody reads, and asks its writer to wait', () => {
    verifies('limits.table')
    const { client, engine, run } = join()
    const near = new Ear()
    const stream = client.mux.open({ dial: 'db' }, near)
    let taken = 0
    while (taken < 10 * LIMITS.muxWindowInitial && stream.write(bytes(16_384))) {
      taken += 16_384
      run()
    }
    expect(taken).toBeLessThanOrEqual(LIMITS.muxWindowInitial)
    expect(engine.mux.budget.unread).toBeLessThanOrEqual(LIMITS.muxWindowInitial)
    const far = accept(engine)
    run()
    expect(near.said).toEqual(['drained'])
    expect(far.ear.bytes).toBe(taken + 16_384)
  })

  it('lets one stalled stream hold up no other', () => {
    verifies('link.mux')
    const { client, engine, run } = join()
    const stalled = client.mux.open({ dial: 'a' }, new Ear())
    const lively = client.mux.open({ dial: 'b' }, new Ear())
    while (stalled.write(bytes(65_536))) run()
    run()
    const { ear } = accept(engine, 1)
    let sent = 0
    for (let turn = 0; turn < 100; turn++) {
      lively.write(bytes(10_000))
      sent += 10_000
      run()
    }
    expect(ear.bytes).toBe(sent)
  })

  it('takes turns when the link is busy', () => {
    const { client, engine, run } = join()
    client.takes = false
    const ears = [new Ear(), new Ear(), new Ear()]
    const streams = ears.map((ear, at) => client.mux.open({ dial: `s${at}` }, ear))
    const asked = streams.map((stream) => [1, 2, 3].map(() => stream.write(bytes(65_536))).includes(false))
    run()
    for (let free = 0; free < 4; free++) client.mux.drained()
    run()
    const got = streams.map((_, at) => accept(engine, at).ear.bytes)
    expect(Math.min(...got)).toBeGreaterThan(0)
    client.takes = true
    client.mux.drained()
    run()
    expect(ears.map((ear) => ear.said.includes('drained'))).toEqual(asked)
  })

  it('grows the window where the round trip asks for it, within the budget of the link', () => {
    verifies('link.mux')
    const limits = { ...LIMITS, muxGrowthBudget: 1024 * 1024 }
    const { client, engine, clock, run } = join(limits)
    const stream = client.mux.open({ dial: 'bulk' }, new Ear())
    run()
    accept(engine)
    engine.mux.budget.sample(40, true)
    let widest = 0
    for (let turn = 0; turn < 400; turn++) {
      let sent = 0
      while (sent < 32 * 1024 * 1024 && stream.write(bytes(16_384))) sent += 16_384
      widest = Math.max(widest, sent)
      clock.ms += 1
      run()
    }
    expect(widest).toBeGreaterThan(LIMITS.muxWindowInitial)
    expect(engine.mux.budget.grown).toBeLessThanOrEqual(limits.muxGrowthBudget)
  })

  it('gives streams opened under pressure a small window, and tells the peer', () => {
    const limits = { ...LIMITS, muxPressure: 100_000 }
    const { client, engine, run } = join(limits)
    engine.mux.budget.unread = 200_000
    engine.mux.open({ tunnelId: 'tun_1' }, new Ear())
    run()
    expect(client.streams[0]?.open).toEqual({
      tunnelId: 'tun_1',
      window: limits.muxWindowPressed,
    })
  })
})

describe('mux: the link', () => {
  it('answers a ping and measures the round trip, four times at the start', () => {
    verifies('link.heartbeat')
    const { client, engine, clock, run } = join()
    const took = [25, 30, 12, 9]
    const tick = (): void => {
      clock.ms += took.shift() ?? 0
    }
    const receive = client.mux.receive.bind(client.mux)
    client.mux.receive = (bytes, slab) => {
      tick()
      receive(bytes, slab)
    }
    expect(client.mux.ping()).toBe(true)
    run()
    expect([client.mux.pings.answers, client.mux.budget.roundTripMs, engine.mux.pings.answers]).toEqual([4, 9, 0])
  })

  it('sends a probe only when no ping is under way, and none after its end', () => {
    verifies('link.bulk')
    const { client, clock, run } = join()
    client.mux.ping()
    run()
    const roundTrip = client.mux.budget.roundTripMs
    client.mux.probe()
    client.mux.probe()
    clock.ms += 25
    run()
    expect([client.mux.pings.answers, client.mux.pings.delayMs, client.mux.budget.roundTripMs]).toEqual([
      5,
      25,
      roundTrip,
    ])
    client.mux.close()
    client.mux.probe()
    run()
    expect(client.mux.pings.answers).toBe(5)
  })

  it('counts the streams that moved bulk either way since it was asked last', () => {
    verifies('link.bulk')
    const { client, engine, run } = join()
    const streams = [100, 10, 0].map((count) => {
      const stream = client.mux.open({}, new Ear())
      stream.write(bytes(count))
      return stream
    })
    run()
    for (const at of streams.keys()) accept(engine, at)
    expect([client.mux.takeBulk(100), client.mux.takeBulk(1), engine.mux.takeBulk(10)]).toEqual([1, 0, 2])
    streams[2]?.write(bytes(10))
    run()
    expect([client.mux.takeBulk(1), engine.mux.takeBulk(1)]).toEqual([1, 1])
  })

  it('tells how many of its own bytes wait for the link', () => {
    const { client, run } = join()
    client.takes = false
    const stream = client.mux.open({}, new Ear())
    run()
    stream.write(bytes(5_000))
    expect(client.mux.waiting).toBeGreaterThanOrEqual(5_000)
    client.takes = true
    client.mux.drained()
    run()
    expect(client.mux.waiting).toBe(0)
  })

  it('finds a peer dead that stays silent after a ping, and not one that still talks', () => {
    verifies('link.heartbeat')
    const { client, engine, clock, run } = join()
    client.mux.ping()
    clock.ms += LIMITS.linkPongMs - 1
    expect(client.mux.ping()).toBe(true)
    clock.ms += 1
    expect(client.mux.ping()).toBe(false)
    engine.mux.send({ type: 'goaway' })
    run()
    expect(client.mux.ping()).toBe(true)
  })

  it('ends every stream when it closes, and says so once', () => {
    const { client, engine, run } = join()
    const near = new Ear()
    client.mux.open({ dial: 'db' }, near)
    run()
    client.mux.close()
    client.mux.close()
    expect(near.said).toEqual([`closed ${RESET.linkLost}`])
    expect(client.closed).toEqual([undefined])
    expect(engine.closed).toEqual([])
  })

  it('hands over what was said before it closed', () => {
    const { client, engine, run } = join()
    client.mux.send({ type: 'goaway' })
    client.mux.close()
    run()
    expect(engine.control).toEqual([{ type: 'goaway' }])
  })
})
