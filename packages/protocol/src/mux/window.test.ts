import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { NO_SLAB } from '../channel.ts'
import { LIMITS } from '../limits.ts'
import { Mux, type MuxOptions } from './mux.ts'
import { LinkBudget } from './window.ts'

/** Bytes a millisecond that the path carries: 8 Gbit/s. */
const RATE = 1_000_000

/** A path of `delayMs` each way in made-up time; bytes follow each other at RATE. */
const path = (delayMs: number) => {
  const due: { at: number; run: () => void }[] = []
  const clock = { ms: 1 }
  const after = (ms: number, run: () => void): void => {
    due.push({ at: clock.ms + ms, run })
    due.sort((a, b) => a.at - b.at)
  }
  /** When the last byte on its way arrives, each direction. */
  const busyUntil = { client: 0, engine: 0 }
  const side = (role: 'client' | 'engine', peer: () => Mux, onStream: MuxOptions['onStream']) =>
    new Mux({
      role,
      limits: LIMITS,
      now: () => clock.ms,
      defer: (run) => after(0, run),
      out: {
        write(bytes) {
          const copy = new Uint8Array(bytes)
          const arrives = Math.max(busyUntil[role], clock.ms + delayMs) + copy.length / RATE
          busyUntil[role] = arrives
          after(arrives - clock.ms, () => peer().receive(copy, NO_SLAB))
          return true
        },
      },
      onStream,
      onControl() {},
      onClosed() {},
    })
  const runUntil = (ms: number): void => {
    for (let next = due[0]; next && next.at <= ms; next = due[0]) {
      due.shift()
      clock.ms = next.at
      next.run()
    }
    clock.ms = ms
  }
  return { side, runUntil }
}

/** Bytes that arrive in each round trip of `roundTrips`, from a sender that always has more. */
const arrivals = (roundTripMs: number, roundTrips: number): number[] => {
  const { side, runUntil } = path(roundTripMs / 2)
  const block = new Uint8Array(64 * 1024)
  const engine: Mux = side(
    'engine',
    () => client,
    () => {},
  )
  const client: Mux = side(
    'client',
    () => engine,
    (stream) => {
      const push = (): void => {
        while (stream.write(block));
      }
      stream.sink = { data() {}, ended() {}, drained: push, closed() {} }
      stream.resume()
      push()
    },
  )
  engine.ping()
  runUntil(2 * roundTripMs)
  let got = 0
  const sink = { data: (bytes: Uint8Array) => void (got += bytes.length), ended() {}, drained() {}, closed() {} }
  engine.open({ tunnelId: 'tun_1' }, sink)
  return Array.from({ length: roundTrips }, (_, at) => {
    const before = got
    runUntil((at + 3) * roundTripMs)
    return got - before
  })
}

describe('mux window: one bulk stream on a long path', () => {
  it('grows to sixteen mebibytes within a dozen round trips, and stays there', () => {
    verifies('link.mux')
    const perRoundTrip = arrivals(40, 24)
    expect(Math.min(...perRoundTrip.slice(12))).toBeGreaterThanOrEqual(LIMITS.muxWindowMax * 0.9)
  })
})

describe('mux window: the round trip that windows follow', () => {
  const after = (...samples: readonly [ms: number, quiet: boolean][]): number => {
    const budget = new LinkBudget(LIMITS)
    for (const [ms, quiet] of samples) budget.sample(ms, quiet)
    return budget.roundTripMs
  }

  it('is not raised by pings that stand in the queue of a busy link, however long that lasts', () => {
    verifies('link.mux')
    expect(after([0.1, true], ...Array.from({ length: 100 }, (): [number, boolean] => [8, false]))).toBe(0.1)
  })

  it('follows a quiet path that became longer, step by step, and a shorter one at once', () => {
    expect(after([10, true], [40, true])).toBe(12.5)
    expect(after([10, true], ...Array.from({ length: 10 }, (): [number, boolean] => [40, true]))).toBe(40)
    expect(after([10, true], [4, false])).toBe(4)
  })
})

describe('mux window: one bulk stream beside another on a short path', () => {
  it('lets the first window be, though pings take longer and longer behind it', () => {
    verifies('link.mux')
    const perRoundTrip = arrivals(0.2, 2_000)
    expect(Math.max(...perRoundTrip)).toBeLessThanOrEqual(LIMITS.muxWindowInitial)
  })
})
