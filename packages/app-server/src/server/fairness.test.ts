/** Proves that a client that sends thousands of requests is answered in full, and that others hardly notice. */
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { within } from '@towline/testkit'
import { ask, MemoryWire } from '../exec-server/peer.fixture.ts'
import { method } from './method.ts'
import { connectTo, HELLO, openWith } from './server.fixture.ts'

const waiting: (() => void)[] = []
const order: string[] = []
const TABLE = {
  'cheap/read': method<object, { n?: number | undefined }>({
    params: z.looseObject({ n: z.int().optional() }),
    run: (_services, { n }) => ({ n }),
  }),
  'slow/read': method({
    params: z.looseObject({}),
    run: () => new Promise<object>((done) => waiting.push(() => done({}))),
  }),
  'lane/step': method<object, { lane: string; step: string }>({
    params: z.looseObject({ lane: z.string(), step: z.string() }),
    lane: ({ lane }) => lane,
    run: async (_services, { step }) => {
      order.push(`${step} begins`)
      await new Promise((go) => setImmediate(go))
      order.push(`${step} ends`)
      return {}
    },
  }),
}

const MANY = 5_000

/** Reads nothing of what it is told but whether it is an error. */
class CountingWire extends MemoryWire {
  count = 0
  readonly errors: string[] = []
  #wanted: readonly [count: number, done: () => void] | undefined

  override send(text: string): void {
    this.count += 1
    if (text.includes('"error":')) this.errors.push(text)
    if (this.#wanted && this.count >= this.#wanted[0]) this.#wanted[1]()
  }

  reached(count: number): Promise<void> {
    return new Promise((done) => void (this.#wanted = [count, done]))
  }
}

const flood = (count: number, from: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => JSON.stringify({ id: from + n, method: 'cheap/read', params: { n } }))

describe('app-server, crowded', () => {
  it('app-server: answers 5,000 requests of one client, none with -32001, and another in between', async () => {
    verifies('app.backpressure')
    const opened = openWith(TABLE)
    const greedy = new CountingWire()
    opened.server.serve(greedy)
    greedy.sink?.message(JSON.stringify({ id: 0, method: 'initialize', params: HELLO }))
    const other = await connectTo(opened, {})
    for (const text of flood(MANY, 1_000_000)) greedy.sink?.message(text)
    expect(greedy.isPaused).toBe(true)
    expect((await ask(other, 'cheap/read', { n: 1 })).result).toEqual({ n: 1 })
    // A share of the greedy one was answered before it, not all.
    expect(greedy.count).toBeLessThan(MANY / 10)
    await within('all answers', greedy.reached(MANY + 1))
    expect(greedy.errors).toEqual([])
    expect(greedy.isPaused).toBe(false)
  })

  it('app-server: tells who goes on sending beyond the stated limit to come again', async () => {
    verifies('app.backpressure')
    const greedy = new CountingWire()
    openWith(TABLE).server.serve(greedy)
    const first = 1_000_000
    for (const text of flood(LIMITS.appServerOverload + 2, first)) greedy.sink?.message(text)
    const overloaded = { code: -32001, message: 'Server overloaded; retry later.' }
    expect(greedy.errors.map((text) => JSON.parse(text) as unknown)).toEqual(
      [0, 1].map((n) => ({ id: first + LIMITS.appServerOverload + n, error: overloaded })),
    )
    greedy.close()
  })

  it('app-server: reads no more of a client than may be under way, and answers come through', async () => {
    verifies('app.backpressure')
    const opened = openWith(TABLE)
    const wire = await connectTo(opened, {})
    const slow = Array.from({ length: LIMITS.appServerRequests }, () => ask(wire, 'slow/read', {}))
    const late = ask(wire, 'cheap/read', { n: 7 })
    const other = await connectTo(opened, {})
    expect((await ask(other, 'cheap/read', { n: 1 })).result).toEqual({ n: 1 })
    while (!wire.isPaused) await ask(other, 'cheap/read', {})
    expect(wire.told.filter(({ result }) => result?.n === 7)).toEqual([])
    for (const go of waiting.splice(0)) go()
    await Promise.all(slow)
    expect((await late).result).toEqual({ n: 7 })
    expect(wire.isPaused).toBe(false)
  })

  it('app-server: stops reading of who does not read', async () => {
    verifies('app.backpressure')
    const wire = await connectTo(openWith(TABLE), {})
    wire.queued = LIMITS.appServerUnreadBytes
    await Promise.resolve()
    wire.sink?.message(JSON.stringify({ id: 'a', method: 'cheap/read', params: {} }))
    await new Promise((go) => setImmediate(go))
    expect(wire.isPaused).toBe(true)
    wire.queued = 0
    wire.sink?.drained()
    expect((await wire.said('the answer', ({ id }) => (id as unknown) === 'a')).result).toEqual({})
    expect(wire.isPaused).toBe(false)
  })

  it('app-server: runs requests of one lane one after the other, of others beside them', async () => {
    const wire = await connectTo(openWith(TABLE), {})
    const steps = [
      { lane: 'one', step: 'a' },
      { lane: 'one', step: 'b' },
      { lane: 'two', step: 'c' },
    ]
    await Promise.all(steps.map((step) => ask(wire, 'lane/step', step)))
    expect(order.indexOf('b begins')).toBeGreaterThan(order.indexOf('a ends'))
    expect(order.indexOf('c begins')).toBeLessThan(order.indexOf('a ends'))
  })
})
