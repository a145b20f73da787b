/** Proves that a client finds what it missed when it is back, that stock clients notice nothing, and that nothing grows without bound. */
import { AppError, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { begun, type End, INITIALIZE, openRelayed } from './relay.fixture.ts'

/** The number before the first message of the first session. */
const S = 1000

const back = (session: string, afterSeq: number) => ({
  id: 'again',
  method: 'initialize',
  params: { ...INITIALIZE.params, towline: { session, afterSeq } },
})
const delta = (text: string, threadId = 'T') => ({
  method: 'item/agentMessage/delta',
  params: { threadId, delta: text },
})
const approval = (id: number) => ({ id, method: 'item/commandExecution/requestApproval', params: { threadId: 'T' } })
const methods = ({ heard }: End) => heard.map(({ method, seq, id }) => method ?? seq ?? id)

describe('upstream relay: a client that stays', () => {
  it('upstream relay: passes messages on as they are, both ways', async () => {
    const { client, upstream } = await begun(openRelayed())
    client.say({ id: 1, method: 'model/list', params: {} })
    client.sayText('no JSON')
    upstream.say({ id: 1, result: { data: [] } })
    upstream.say({ id: 2, error: { code: -32600, message: 'Not initialized' } })
    expect(upstream.heard.slice(2)).toEqual([{ id: 1, method: 'model/list', params: {} }, { text: 'no JSON' }])
    expect(client.heard.slice(1)).toEqual([
      { id: 1, result: { data: [] } },
      { id: 2, error: { code: -32600, message: 'Not initialized' } },
    ])
  })

  it('upstream relay: tells the session beside what the app-server answers, and numbers notifications', async () => {
    verifies('app.sequence')
    const { client, upstream } = await begun(openRelayed())
    upstream.say(delta('a'))
    upstream.say(approval(0))
    upstream.say(delta('b'))
    expect(client.heard).toEqual([
      {
        id: 'initialize',
        result: {
          userAgent: 'codex/0.169.0',
          towline: { replay: true, session: expect.stringMatching(/^\w{40}$/), sessionSeq: S, resumed: false },
        },
      },
      { seq: S + 2, ...delta('a') },
      approval(0),
      { seq: S + 4, ...delta('b') },
    ])
  })

  it('upstream relay: keeps two clients apart', async () => {
    const relayed = openRelayed()
    const [one, two] = [await begun(relayed), await begun(relayed)]
    one.upstream.say(delta('one'))
    expect([methods(one.client).length, methods(two.client).length]).toEqual([2, 1])
    expect(one.session).not.toBe(two.session)
  })
})

describe('upstream relay: a client that comes back', () => {
  it('upstream relay: hears what it missed, once and in order, and the answers to what it had asked', async () => {
    verifies('app.sequence')
    const relayed = openRelayed()
    const { client, upstream, session } = await begun(relayed)
    upstream.say(delta('a'))
    client.say({ id: 7, method: 'turn/start', params: {} })
    client.leave()
    upstream.say({ id: 7, result: { turn: {} } })
    upstream.say(delta('b'))
    const again = await relayed.connect(back(session, S + 2), { method: 'initialized' })
    expect(again.heard).toEqual([
      {
        id: 'again',
        result: { userAgent: 'codex/0.169.0', towline: { replay: true, session, sessionSeq: S + 4, resumed: true } },
      },
      { id: 7, result: { turn: {} } },
      { seq: S + 4, ...delta('b') },
    ])
    again.say({ id: 8, method: 'model/list' })
    expect(upstream.heard.slice(2)).toEqual([
      { id: 7, method: 'turn/start', params: {} },
      { id: 8, method: 'model/list' },
    ])
    expect(relayed.relay.sessions).toBe(1)
  })

  it('upstream relay: hears again what may have been lost on its way', async () => {
    const relayed = openRelayed()
    const { client, upstream, session } = await begun(relayed)
    for (const text of ['a', 'b', 'c']) upstream.say(delta(text))
    client.leave()
    expect(methods(await relayed.connect(back(session, S + 2)))).toEqual(['again', ...Array(2).fill(delta('').method)])
  })

  it('upstream relay: is asked again what nobody has answered, and not what somebody has', async () => {
    verifies('app.approvals')
    const relayed = openRelayed()
    const { client, upstream, session } = await begun(relayed)
    for (const id of [0, 1, 2]) upstream.say(approval(id))
    upstream.say(delta('a'))
    client.say({ id: 1, result: { decision: 'accept' } })
    client.leave()
    upstream.say(approval(3))
    upstream.say({ method: 'serverRequest/resolved', params: { threadId: 'T', requestId: 2 } })
    const again = await relayed.connect(back(session, S + 5))
    expect(again.heard.slice(1)).toEqual([
      approval(0),
      approval(3),
      { seq: S + 7, method: 'serverRequest/resolved', params: { threadId: 'T', requestId: 2 } },
    ])
  })

  it('upstream relay: takes over from the connection that it thought lost', async () => {
    const relayed = openRelayed()
    const { client, session } = await begun(relayed)
    const again = await relayed.connect(back(session, S + 1))
    expect(client.told).toContain('closed')
    client.leave()
    expect([methods(again), relayed.relay.sessions]).toEqual([['again'], 1])
  })

  it('upstream relay: has one thread told again while it stays', async () => {
    verifies('app.sequence')
    const { client, upstream } = await begun(openRelayed())
    upstream.say(delta('a'))
    upstream.say(delta('other', 'U'))
    upstream.say(delta('b'))
    client.heard.length = 0
    client.say({ id: 3, method: 'towline/thread/replay', params: { threadId: 'T', afterSeq: S + 2 } })
    client.say({ id: 4, method: 'towline/thread/replay', params: {} })
    expect(client.heard).toEqual([
      { seq: S + 4, ...delta('b') },
      { id: 3, result: { complete: true, seq: S + 4 } },
      { id: 4, error: { code: -32600, message: expect.stringMatching(/^Invalid request: missing field/) } },
    ])
  })

  it('upstream relay: takes the number of another session for none of its own', async () => {
    const relayed = openRelayed()
    await begun(relayed)
    const { client, upstream } = await begun(relayed)
    upstream.say(delta('a'))
    client.say({ id: 3, method: 'towline/thread/replay', params: { threadId: 'T', afterSeq: S + 1 } })
    expect(client.heard.at(-2)).toMatchObject(delta('a'))
    expect(client.heard.at(-1)).toMatchObject({ id: 3, result: { complete: false } })
  })
})

describe('upstream relay: a new session instead', () => {
  const fresh = async (relayed: ReturnType<typeof openRelayed>, session: string, afterSeq: number) => {
    const count = relayed.upstreams.length
    await relayed.connect(back(session, afterSeq))
    expect(relayed.upstreams.length).toBe(count + 1)
    const [first] = (relayed.upstreams.at(-1) as End).heard
    expect(first).toEqual({ ...INITIALIZE, id: 'again' })
  }

  it('upstream relay: begins for a session that nobody has', async () => fresh(openRelayed(), 'x'.repeat(40), S))

  it('upstream relay: begins when what was missed is forgotten, or was never said', async () => {
    const relayed = openRelayed({ appUpstreamReplayBytes: 400 })
    const { client, upstream, session } = await begun(relayed)
    for (let count = 0; count < 20; count++) upstream.say(delta('a'))
    client.leave()
    await fresh(relayed, session, S + 2)
    await fresh(relayed, session, S + 99)
  })

  it('upstream relay: begins after the client has said that it goes', async () => {
    const relayed = openRelayed()
    const { client, upstream, session } = await begun(relayed)
    client.leave(true)
    expect([upstream.told.at(-1), relayed.relay.sessions]).toEqual(['closed', 0])
    await fresh(relayed, session, S + 1)
  })

  it('upstream relay: begins for whoever came before its handshake was answered', async () => {
    const relayed = openRelayed()
    const client = await relayed.connect(INITIALIZE)
    client.leave()
    expect([relayed.upstreams[0]?.told.at(-1), relayed.relay.sessions]).toEqual(['closed', 0])
  })
})

describe('upstream relay: an app-server that is not there', () => {
  it('upstream relay: answers the first request with why, and closes', async () => {
    const down = (): AppError => new AppError('APP_UPSTREAM_DOWN', { problem: 'it has ended' })
    const { connect } = openRelayed({}, down)
    const client = await connect(INITIALIZE)
    expect(client.heard).toMatchObject([{ id: 'initialize', error: { code: -32006 } }])
    expect(client.told.at(-1)).toBe('closed')
  })

  it('upstream relay: tells that it is gone, and forgets the session', async () => {
    const relayed = openRelayed()
    const { client, upstream, session } = await begun(relayed)
    upstream.leave()
    expect(client.heard.at(-1)).toEqual({ method: 'towline/upstream/lost', params: { session } })
    expect([client.told.at(-1), relayed.relay.sessions]).toEqual(['closed', 0])
  })
})

describe('upstream relay: bounds', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('upstream relay: gives up a client that does not come back in time, and not one that does', async () => {
    const relayed = openRelayed()
    const [one, two] = [await begun(relayed), await begun(relayed)]
    one.client.leave()
    two.client.leave()
    await relayed.connect(back(two.session, 2 * S + 1))
    vi.advanceTimersByTime(LIMITS.appUpstreamDetachMs)
    expect([one.upstream.told.at(-1), relayed.relay.sessions]).toEqual(['closed', 1])
  })

  it('upstream relay: ends the session that was left longest for a new client, and refuses one when all are in use', async () => {
    const relayed = openRelayed({ appUpstreamSessions: 2 })
    const [one, two] = [await begun(relayed), await begun(relayed)]
    two.client.leave()
    const three = await begun(relayed)
    expect(two.upstream.told.at(-1)).toBe('closed')
    const four = await relayed.connect(INITIALIZE)
    expect(four.heard).toMatchObject([{ error: { message: expect.stringContaining('LIMIT_REACHED') } }])
    expect([one.client.told.at(-1), three.client.told.at(-1)]).toEqual(['resume', 'resume'])
  })

  it('upstream relay: holds a client that does not read, then the app-server, and loses nothing', async () => {
    verifies('app.backpressure')
    const relayed = openRelayed({ appUpstreamQueueBytes: 300, appUpstreamReplayBytes: 1000 })
    const { client, upstream } = await begun(relayed)
    client.stall()
    for (let count = 0; count < 20; count++) upstream.say(delta(String(count)))
    expect(client.heard.length).toBeLessThan(8)
    expect(upstream.told.at(-1)).toBe('pause')
    client.take()
    expect(client.heard.slice(1)).toEqual(
      Array.from({ length: 20 }, (_, count) => ({ seq: S + 2 + count, ...delta(String(count)) })),
    )
    expect(upstream.told.at(-1)).toBe('resume')
  })

  it('upstream relay: reads no more of an app-server than may wait for a client that is away', async () => {
    const relayed = openRelayed({ appUpstreamReplayBytes: 1000 })
    const { client, upstream, session } = await begun(relayed)
    client.leave()
    for (let count = 0; count < 20; count++) upstream.say(delta(String(count)))
    expect(upstream.told.at(-1)).toBe('pause')
    const again = await relayed.connect(back(session, S + 1))
    expect([again.heard.length, upstream.told.at(-1)]).toEqual([21, 'resume'])
  })

  it('upstream relay: ends all when it closes, twice too', async () => {
    const relayed = openRelayed()
    const { client, upstream } = await begun(relayed)
    relayed.relay.close()
    relayed.relay.close()
    expect([client.told.at(-1), upstream.told.at(-1)]).toEqual(['closed', 'closed'])
    const late = await relayed.connect(INITIALIZE)
    expect(late.heard).toMatchObject([{ error: { message: expect.stringContaining('SHUTTING_DOWN') } }])
  })
})
