/** Proves how a mux keeps its link: pings, probes, silence, and the end. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { accept, bytes, Ear, join } from '../../test/joined-muxes.ts'
import { LIMITS } from '../limits.ts'
import { RESET } from '../reset.ts'

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
