/** Proves when a lane is asked for, which connection takes a stream, who may open a lane, and how lanes end. */
import { IDLE_SINK, type Limits, LIMITS, RESET } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { type Lane, type LaneMux, Lanes } from './lanes.ts'
import { createRig, type Peer, refusal, type Rig, within } from './rig.fixture.ts'

let rig: Rig | undefined
afterEach(() => rig?.close())

/** A client whose token is anna's, with a tunnel, and its id. */
const hosting = async (limits: Partial<Limits> = {}): Promise<{ host: Peer; clientId: string; made: Rig }> => {
  const made = createRig({ limits })
  rig = made
  const host = made.peer()
  const { clientId } = await host.hello('anna')
  await host.open({ kind: 'private', name: 'db' })
  return { host, clientId, made }
}

describe('engine lane: who is turned away', () => {
  it.each(['bert', 'anna-child', 'carl'])(
    'refuses a lane of anna from %s as if there were no such client',
    async (who) => {
      verifies('link.bulk')
      const { clientId, made } = await hosting()
      const stranger = await refusal(made.peer().hello(who, { laneOf: clientId }))
      const unknown = await refusal(made.peer().hello(who, { laneOf: 'cli_nobody' }))
      expect([stranger.code, unknown.code]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
      expect(stranger.details).toEqual({ what: 'client', id: clientId })
    },
  )

  it('refuses a lane with a credential that is not good', async () => {
    const { clientId, made } = await hosting()
    expect((await refusal(made.peer().hello('nobody', { laneOf: clientId }))).code).toBe('UNAUTHENTICATED')
  })

  it('refuses a lane of a client that is gone', async () => {
    const { host, clientId, made } = await hosting()
    host.breaks()
    await within('the end', host.closed)
    expect((await refusal(made.peer().hello('anna', { laneOf: clientId }))).code).toBe('NOT_FOUND')
  })

  it('refuses one more than linkLanes', async () => {
    verifies('link.bulk', 'limits.table')
    const { clientId, made } = await hosting({ linkLanes: 1 })
    await made.peer().hello('anna', { laneOf: clientId })
    const error = await refusal(made.peer().hello('anna', { laneOf: clientId }))
    expect([error.code, error.details]).toEqual(['LIMIT_REACHED', { limit: 'linkLanes', value: 1 }])
  })

  it('takes no tunnel and no dial on a lane, and shows no client for it', async () => {
    const { clientId, made } = await hosting()
    const lane = made.peer()
    expect((await lane.hello('anna', { laneOf: clientId })).clientId).toBe(clientId)
    const { clients } = (await (await made.call('anna', '/api/engine/clients')).json()) as { clients: unknown[] }
    expect(clients).toHaveLength(1)
    expect(await lane.dial('db', 'x').over).toBe(RESET.forbidden)
    lane.say({ type: 'tunnel.open', ref: 1, spec: { kind: 'http' } })
    expect((await lane.reason()).code).toBe('PROTOCOL_ERROR')
  })
})

describe('engine lane: life', () => {
  it('ends with the first link, also when its credential is revoked', async () => {
    verifies('link.bulk')
    for (const end of [
      ({ host }: { host: Peer }) => host.breaks(),
      ({ made }: { made: Rig }) => made.authority.revoke('crd_anna'),
    ]) {
      const { host, clientId, made } = await hosting()
      const lane = made.peer()
      await lane.hello('anna', { laneOf: clientId })
      end({ host, made })
      await within('the end of the lane', lane.closed)
      await made.close()
    }
  })

  it('leaves the first link and its tunnels alone when it breaks', async () => {
    verifies('link.bulk')
    const { host, clientId, made } = await hosting()
    const lane = made.peer()
    await lane.hello('anna', { laneOf: clientId })
    lane.breaks()
    await within('the end of the lane', lane.closed)
    expect(await host.dial('db', 'still here').got).toBe('still here')
  })

  it('is closed with goaway after laneIdleMs without a stream', async () => {
    verifies('link.bulk', 'limits.table')
    const { clientId, made } = await hosting({ laneIdleMs: 1, laneTickMs: 5 })
    const lane = made.peer()
    await lane.hello('anna', { laneOf: clientId })
    await lane.said.until('goaway', ({ type }) => type === 'goaway')
    expect(await within('the end of the lane', lane.closed)).toBeUndefined()
  })
})

interface FakeMux extends LaneMux {
  streamCount: number
  heardAt: number
  waiting: number
  bulk: number
  opened: number
  probes: number
  pings: { answers: number; answeredAt: number; shortestMs: number; delayMs: number }
}

const fakeMux = (): FakeMux => ({
  streamCount: 0,
  heardAt: Number.POSITIVE_INFINITY,
  waiting: 0,
  bulk: 0,
  opened: 0,
  probes: 0,
  pings: { answers: 3, answeredAt: 1, shortestMs: 20, delayMs: 20 },
  takeBulk() {
    return this.bulk
  },
  probe() {
    this.probes++
  },
  open() {
    this.opened++
    this.streamCount++
    return { sink: IDLE_SINK, write: () => true, end() {}, reset() {}, pause() {}, resume() {} }
  },
})

const fakeLane = (mux: FakeMux): Lane & { retired: number } => ({
  retired: 0,
  mux: mux as never,
  retire() {
    this.retired++
  },
  end() {},
})

const bench = (changed: Partial<Limits> = {}) => {
  const at = { now: 1_000, wants: 0 }
  const primary = fakeMux()
  const want = (): void => void at.wants++
  const lanes = new Lanes({ limits: { ...LIMITS, ...changed }, primary, now: () => at.now, want })
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= LIMITS.laneTickMs) {
      at.now += LIMITS.laneTickMs
      lanes.tick()
    }
  }
  const busy = (mux: FakeMux): void => {
    Object.assign(mux, { streamCount: 4, bulk: 4, pings: { ...mux.pings, delayMs: 400 } })
  }
  const add = (): FakeMux => {
    const mux = fakeMux()
    lanes.add(fakeLane(mux), mux)
    return mux
  }
  return { at, primary, lanes, pass, busy, add }
}

describe('engine lane: when one is asked for', () => {
  it.each([
    ['a near client', (mux: FakeMux) => (mux.pings.shortestMs = 4)],
    ['one bulk stream among many', (mux: FakeMux) => (mux.bulk = 1)],
    ['streams that do not fill the way', (mux: FakeMux) => (mux.pings.delayMs = 39)],
    ['a client that answered too few pings to tell how far it is', (mux: FakeMux) => (mux.pings.answers = 2)],
  ])('asks for none for %s', (_what, change) => {
    verifies('link.bulk')
    const { at, primary, pass, busy } = bench()
    busy(primary)
    change(primary)
    pass(60_000)
    expect(at.wants).toBe(0)
  })

  it('asks once when the link is backed up for laneAfterMs, and again after laneAskMs', () => {
    verifies('link.bulk', 'limits.table')
    const { at, primary, pass, busy } = bench()
    busy(primary)
    pass(LIMITS.laneAfterMs)
    expect(at.wants).toBe(0)
    pass(LIMITS.laneTickMs)
    expect(at.wants).toBe(1)
    pass(LIMITS.laneAskMs - LIMITS.laneTickMs)
    expect(at.wants).toBe(1)
    pass(LIMITS.laneTickMs)
    expect(at.wants).toBe(2)
  })

  it('begins to count again after a moment in which the way was free', () => {
    const { at, primary, pass, busy } = bench()
    for (let i = 0; i < 10; i++) {
      busy(primary)
      pass(LIMITS.laneAfterMs)
      primary.pings.delayMs = 20
      pass(LIMITS.laneTickMs)
    }
    expect(at.wants).toBe(0)
  })

  it('asks for a further one only when every connection is backed up, up to linkLanes', () => {
    verifies('link.bulk')
    const { at, primary, pass, busy, add } = bench({ linkLanes: 2 })
    busy(primary)
    const first = add()
    pass(10_000)
    expect(at.wants).toBe(0)
    busy(first)
    pass(1_000)
    expect(at.wants).toBe(1)
    busy(add())
    pass(60_000)
    expect(at.wants).toBe(1)
  })
})

describe('engine lane: which connection takes a stream', () => {
  const openSome = (lanes: Lanes, count: number): void => {
    for (let i = 0; i < count; i++) lanes.open({}, IDLE_SINK)
  }

  it('takes the one with the fewest bulk streams, also between two looks', () => {
    verifies('link.bulk')
    const { primary, lanes, pass, busy, add } = bench()
    busy(primary)
    const [one, two] = [add(), add()]
    pass(LIMITS.laneTickMs)
    openSome(lanes, 6)
    expect([primary.opened, one.opened, two.opened]).toEqual([0, 3, 3])
  })

  it('takes no lane that has fallen silent', () => {
    verifies('link.bulk')
    const { at, primary, lanes, pass, busy, add } = bench()
    busy(primary)
    const lane = add()
    pass(LIMITS.laneTickMs)
    lane.heardAt = at.now - 1.5 * LIMITS.linkPingMs
    openSome(lanes, 1)
    expect([primary.opened, lane.opened]).toEqual([1, 0])
  })

  it('forgets streams that ended since the last look', () => {
    verifies('link.bulk')
    const { primary, lanes, pass, busy, add } = bench()
    busy(primary)
    const lane = add()
    pass(LIMITS.laneTickMs)
    primary.streamCount = 0
    openSome(lanes, 4)
    expect([primary.opened, lane.opened]).toEqual([2, 2])
  })

  it('takes the fewest waiting bytes among equals, and the first link when nothing tells them apart', () => {
    const { primary, lanes, add } = bench()
    const lane = add()
    openSome(lanes, 1)
    expect([primary.opened, lane.opened]).toEqual([1, 0])
    const other = bench()
    const free = other.add()
    other.primary.waiting = 9
    openSome(other.lanes, 1)
    expect([other.primary.opened, free.opened]).toEqual([0, 1])
  })

  it('stays on the first link until the client has surely heard of its newest tunnel', () => {
    verifies('link.bulk')
    const { at, primary, lanes, pass, busy, add } = bench()
    busy(primary)
    const lane = add()
    pass(LIMITS.laneTickMs)
    primary.pings.answeredAt = at.now - 1
    lanes.told()
    openSome(lanes, 1)
    primary.pings.answeredAt = at.now + 1
    openSome(lanes, 1)
    expect([primary.opened, lane.opened]).toEqual([1, 1])
  })

  it('keeps a lane that has streams', () => {
    const { lanes, pass } = bench()
    const mux = { ...fakeMux(), streamCount: 1 }
    const lane = fakeLane(mux)
    lanes.add(lane, mux)
    pass(2 * LIMITS.laneIdleMs)
    expect([lane.retired, lanes.size]).toEqual([0, 1])
    mux.streamCount = 0
    pass(2 * LIMITS.laneIdleMs)
    expect([lane.retired, lanes.size]).toEqual([1, 0])
  })
})
