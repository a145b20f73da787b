/** Proves that a session opens lanes when it is asked, serves its tunnels on them, and outlives them. */
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import { Ear } from '@towline/testkit/ear'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { echo } from '../testing/echo.fixture.ts'
import { FakeEngine, type FakeEngineOptions, type FakeLink } from '../testing/fake-engine.fixture.ts'
import { openSession, type Session } from './session.ts'

const QUICK: Limits = { ...LIMITS, linkRetryMinMs: 1, linkRetryMaxMs: 4 }

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

const linked = async (
  options: FakeEngineOptions = {},
): Promise<{ engine: FakeEngine; session: Session; first: FakeLink }> => {
  const engine = await FakeEngine.open({ tls: false, ...options })
  open.push(engine)
  const session = openSession({ url: engine.url, token: 'tow_test', env: {}, limits: QUICK })
  open.push(session)
  await session.online()
  return { engine, session, first: engine.link }
}

const lanesOf = (engine: FakeEngine): readonly FakeLink[] => engine.links.filter(({ hello }) => hello.laneOf)

const laneWanted = async (engine: FakeEngine, first: FakeLink): Promise<FakeLink> => {
  const before = lanesOf(engine).length
  first.mux.send({ type: 'lane.want' })
  await engine.until(() => lanesOf(engine).length > before)
  return lanesOf(engine).at(-1) as FakeLink
}

describe('sdk lanes', () => {
  it('sdk lanes: a refused lane is no loss to the session', async () => {
    verifies('link.bulk')
    let asked = 0
    const onHello: FakeEngineOptions['onHello'] = ({ laneOf }) => {
      if (laneOf === undefined) return undefined
      asked++
      return new AppError('NOT_FOUND', { what: 'client', id: laneOf })
    }
    const { engine, session, first } = await linked({ onHello })
    first.mux.send({ type: 'lane.want' })
    await engine.until(() => asked > 0)
    const tunnel = await session.open({ kind: 'private', name: 'db' }, echo)
    expect([session.state.status, tunnel.status, engine.links.length]).toEqual(['online', 'online', 1])
  })

  it('sdk lanes: says hello as a lane of its own client with the same credential', async () => {
    verifies('link.bulk')
    const { engine, first } = await linked()
    const { hello } = await laneWanted(engine, first)
    expect(hello).toEqual({ ...first.hello, laneOf: 'cli_1' })
  })

  it('sdk lanes: serves a tunnel of the first link on a lane, and refuses one it does not host', async () => {
    verifies('link.bulk')
    const { engine, session, first } = await linked()
    const { tunnel } = await session.open({ kind: 'private', name: 'db' }, echo)
    const lane = await laneWanted(engine, first)
    const [known, unknown] = [new Ear(), new Ear()]
    const stream = lane.mux.open({ tunnelId: tunnel.id }, known)
    stream.write(Buffer.from('by lane'))
    stream.end()
    await known.until(() => known.said.includes('ended'))
    expect(known.bytes.toString()).toBe('by lane')
    lane.mux.open({ tunnelId: 'tun_none' }, unknown)
    await unknown.until(() => unknown.said.length > 0)
    expect(unknown.said).toEqual(['closed 4'])
  })

  it('sdk lanes: a lane that breaks resets its own streams only', async () => {
    verifies('link.bulk')
    const { engine, session, first } = await linked()
    const { tunnel } = await session.open({ kind: 'private', name: 'db' }, echo)
    const lane = await laneWanted(engine, first)
    const [onLane, onFirst] = [new Ear(), new Ear()]
    lane.mux.open({ tunnelId: tunnel.id }, onLane)
    const stream = first.mux.open({ tunnelId: tunnel.id }, onFirst)
    lane.channel.reset()
    await onLane.until(() => onLane.said.length > 0)
    stream.write(Buffer.from('still here'))
    await onFirst.until(() => onFirst.bytes.toString() === 'still here')
    expect([onLane.said, onFirst.said, session.state.status]).toEqual([['closed 7'], [], 'online'])
  })

  it('sdk lanes: opens linkLanes at most', async () => {
    const { engine, first } = await linked()
    for (let i = 0; i < QUICK.linkLanes; i++) await laneWanted(engine, first)
    first.mux.send({ type: 'lane.want' })
    first.mux.send({ type: 'tunnel.close', tunnelId: 'tun_none' })
    const beat = first.mux.pings.answeredAt
    first.mux.probe()
    while (first.mux.pings.answeredAt === beat) await new Promise((turn) => setImmediate(turn))
    expect(lanesOf(engine).length).toBe(QUICK.linkLanes)
  })

  it('sdk lanes: end with the first link and with the session', async () => {
    verifies('link.bulk')
    const { engine, session, first } = await linked()
    await laneWanted(engine, first)
    first.channel.reset()
    await engine.until(() => lanesOf(engine).length === 0 && engine.links.length === 1)
    await laneWanted(engine, engine.link)
    await session.close()
    await engine.until(() => engine.links.length === 0)
    expect(engine.links).toEqual([])
  })
})
