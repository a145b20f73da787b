/** Proves what a mux refuses, that no peer takes more than its share, and that streams carry all they are given. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { accept, bytes, Ear, join, text } from '../../test/joined-muxes.ts'
import { NO_SLAB } from '../channel.ts'
import type { AppError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { RESET } from '../reset.ts'
import { FRAME, putHeader } from './frame.ts'

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
