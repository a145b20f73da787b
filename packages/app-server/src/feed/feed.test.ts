/** Proves what who watches a thread is told, replayed and asked: numbered, in order, once, and also after a restart. */
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ask, type MemoryWire } from '../exec-server/peer.fixture.ts'
import { method } from '../server/method.ts'
import { connectTo, memoryStore, openWith } from '../server/server.fixture.ts'
import { REPLAY } from '../methods/replay.ts'
import { openFeedHub } from './open-feed-hub.ts'
import type { ThreadFeed } from './feed-hub.ts'

const THREAD = '01980000-0000-7000-8000-000000000001'
const OF = { threadId: THREAD, turnId: 't' }
const delta = (text: string, itemId = 'i') => ({ ...OF, itemId, delta: text })
const APPROVAL = {
  ...{ ...OF, itemId: 'c', startedAtMs: 1, kind: 'command' as const, environmentId: null, reason: null },
  ...{ command: 'rm -rf x', cwd: '/srv', commandActions: [], proposedExecpolicyAmendment: null },
}
const APPROVE = 'item/commandExecution/requestApproval'
const never = (): AbortSignal => new AbortController().signal

const open = (store = memoryStore()) => {
  const feeds = openFeedHub({ store })
  const feed = feeds.open(THREAD, { lasting: true })
  const watch = method({
    params: z.looseObject({}),
    run: (_services: object, _params, caller) => {
      feed.subscribe(caller)
      feed.emit('thread/compacted', OF)
      return { watched: true }
    },
  })
  const opened = openWith({ ...REPLAY, watch }, { feeds, services: { feeds } })
  return { ...opened, feed, feeds }
}

const watching = async (opened: ReturnType<typeof open>): Promise<MemoryWire> => {
  const wire = await connectTo(opened, {})
  await ask(wire, 'watch', {})
  return wire
}

const question = (wire: MemoryWire) => wire.said('the question', ({ method: name }) => name === APPROVE)
const answer = (wire: MemoryWire, id: unknown, decision: unknown): void =>
  wire.sink?.message(JSON.stringify({ id, result: { decision } }))
const names = (wire: MemoryWire): readonly string[] => wire.told.flatMap(({ method: name }) => name ?? [])
const statusesOf = (wire: MemoryWire) =>
  wire.told
    .filter(({ method: name }) => name === 'thread/status/changed')
    .map(({ params }) => params.status.activeFlags)

describe('feed', () => {
  it('feed: tells after the answer what happens while a client begins to watch', async () => {
    const wire = await watching(open())
    expect(wire.told.slice(1).map(({ method: name, result }) => name ?? result)).toEqual([
      { watched: true },
      'thread/compacted',
    ])
  })

  it('feed: numbers what happens, and replays what followed a number', async () => {
    verifies('app.sequence')
    const opened = open()
    const wire = await watching(opened)
    for (const text of ['a', 'b', 'c']) opened.feed.emit('item/agentMessage/delta', delta(text))
    const told = wire.told.filter(({ method: name }) => name === 'item/agentMessage/delta') as readonly {
      seq?: number
    }[]
    const [first = 0, ...rest] = told.map(({ seq }) => seq)
    expect(rest).toEqual([first + 1, first + 2])
    const replay = async (afterSeq: number) => {
      const back = await connectTo(opened, {})
      await ask(back, 'towline/thread/replay', { threadId: THREAD, afterSeq })
      opened.feed.emit('thread/compacted', OF)
      return back.told.slice(1)
    }
    const answered = (seq: number) => ({ id: expect.any(Number) as number, result: { seq, complete: true } })
    const later = { method: 'thread/compacted', params: OF, emittedAtMs: expect.any(Number) as number }
    expect(await replay(first)).toEqual([...told.slice(1), answered(first + 2), { ...later, seq: first + 3 }])
    expect(await replay(first + 3)).toEqual([answered(first + 3), { ...later, seq: first + 4 }])
    expect((await replay(0)).length).toBeGreaterThan(told.length)
  })

  it('feed: says when what followed a number is not kept, or was of another run', async () => {
    verifies('app.sequence')
    const opened = open()
    const wire = await connectTo(opened, {})
    const before = opened.feed.lastSeq
    const long = 'x'.repeat(LIMITS.appServerReplayBytes / 4)
    for (let n = 0; n < 8; n++) opened.feed.emit('item/agentMessage/delta', delta(long))
    for (const afterSeq of [before, 1, opened.feed.lastSeq + 1]) {
      const { result } = await ask(wire, 'towline/thread/replay', { threadId: THREAD, afterSeq })
      expect(result).toEqual({ seq: opened.feed.lastSeq, complete: false })
    }
    expect(opened.feed.watchers).toBe(0)
    expect(wire.told).toHaveLength(4)
    const { error } = await ask(wire, 'towline/thread/replay', { threadId: 'other', afterSeq: 0 })
    expect(error?.message).toBe('thread not found: other')
  })

  it('feed: counts on from larger numbers in a later run', () => {
    verifies('app.sequence')
    let at = 1_000_000
    const openAt = (): ThreadFeed =>
      openFeedHub({ store: memoryStore(), now: () => at }).open(THREAD, { lasting: true })
    const first = openAt()
    first.emit('thread/compacted', OF)
    at += 1
    expect(openAt().lastSeq).toBeGreaterThan(first.lastSeq)
  })

  it('feed: asks all who watch, takes the first answer, and tells the others', async () => {
    verifies('app.approvals')
    const opened = open()
    const [one, two] = [await watching(opened), await watching(opened)]
    const asked = opened.feed.ask(APPROVE, APPROVAL, never())
    const { id, params } = await question(one)
    expect(await question(two)).toEqual({ id, method: APPROVE, params })
    answer(two, id, 'accept')
    answer(one, id, 'decline')
    expect(await asked).toEqual({ decision: 'accept' })
    for (const wire of [one, two]) {
      expect(names(wire).slice(-4)).toEqual([
        'thread/status/changed',
        APPROVE,
        'serverRequest/resolved',
        'thread/status/changed',
      ])
      expect(statusesOf(wire)).toEqual([['waitingOnApproval'], []])
    }
  })

  it('feed: asks who comes later the same question with the same id', async () => {
    verifies('app.approvals')
    const opened = open()
    const asked = opened.feed.ask(APPROVE, APPROVAL, never())
    const first = await watching(opened)
    const { id } = await question(first)
    first.close()
    const second = await watching(opened)
    expect((await question(second)).id).toBe(id)
    answer(second, id, { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['rm'] } })
    expect(await asked).toEqual({ decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['rm'] } } })
  })

  it('feed: asks again after a restart, with the same id, and keeps an answer until the turn goes on', async () => {
    verifies('app.approvals')
    const store = memoryStore()
    const before = open(store)
    void before.feed.ask(APPROVE, APPROVAL, never()).catch(() => undefined)
    const [{ id } = { id: '' }] = before.feed.questions
    const after = open(store)
    const wire = await watching(after)
    expect((await question(wire)).id).toBe(id)
    answer(wire, id, 'accept')
    await wire.said('that it is over', ({ method: name }) => name === 'serverRequest/resolved')
    expect(await after.feed.ask(APPROVE, APPROVAL, never())).toEqual({ decision: 'accept' })
    expect(store.load(THREAD)).toEqual([])
  })

  it('feed: takes up a question of the run before when the turn goes on first', async () => {
    verifies('app.approvals')
    const store = memoryStore()
    void open(store)
      .feed.ask(APPROVE, APPROVAL, never())
      .catch(() => undefined)
    const after = open(store)
    const wire = await watching(after)
    const asked = after.feed.ask(APPROVE, APPROVAL, never())
    const { id } = await question(wire)
    expect(names(wire).filter((name) => name === APPROVE)).toHaveLength(1)
    answer(wire, id, 'decline')
    expect(await asked).toEqual({ decision: 'decline' })
  })

  it('feed: takes no answer to one question of the run before for another of the same call', async () => {
    verifies('app.approvals')
    const store = memoryStore()
    void open(store)
      .feed.ask(APPROVE, APPROVAL, never())
      .catch(() => undefined)
    const after = open(store)
    const wire = await watching(after)
    const { id } = await question(wire)
    answer(wire, id, 'accept')
    await wire.said('that it is over', ({ method: name }) => name === 'serverRequest/resolved')
    const stop = new AbortController()
    const asked = after.feed.ask(APPROVE, { ...APPROVAL, command: 'rm -rf /' }, stop.signal)
    expect(after.feed.questions.map((one) => one.params)).toMatchObject([{ command: 'rm -rf /' }])
    stop.abort(new Error('over'))
    await expect(asked).rejects.toThrow('over')
    expect(store.load(THREAD)).toEqual([])
  })

  it('feed: allows nothing that nobody allowed', async () => {
    verifies('app.approvals')
    const opened = open()
    const [one, two] = [await watching(opened), await watching(opened)]
    const asked = opened.feed.ask(APPROVE, APPROVAL, never())
    const { id } = await question(one)
    answer(one, id, 'whatever')
    expect(opened.feed.questions).toHaveLength(1)
    two.sink?.message(JSON.stringify({ id, error: { code: -32601, message: 'no such method' } }))
    expect(await asked).toEqual({ decision: 'decline' })
  })

  it('feed: asks no more when the turn is interrupted', async () => {
    verifies('app.approvals')
    const opened = open()
    const wire = await watching(opened)
    const stop = new AbortController()
    const asked = opened.feed.ask(APPROVE, APPROVAL, stop.signal)
    const { id } = await question(wire)
    stop.abort(new Error('interrupted'))
    await expect(asked).rejects.toThrow('interrupted')
    expect(wire.told.find(({ method: name }) => name === 'serverRequest/resolved')?.params.requestId).toBe(id)
    expect(opened.feed.questions).toEqual([])
  })
})

describe('outbox', () => {
  const slow = async (opened: ReturnType<typeof open>): Promise<MemoryWire> => {
    const wire = await watching(opened)
    wire.queued = LIMITS.appServerSocketBytes
    return wire
  }
  const go = (wire: MemoryWire): readonly (object & { seq?: number; fromSeq?: number; method?: string })[] => {
    const from = wire.told.length
    wire.queued = 0
    wire.sink?.drained()
    return wire.told.slice(from)
  }

  it('outbox: joins deltas of one item for who reads slowly, and keeps their order among others', async () => {
    verifies('app.backpressure')
    const opened = open()
    const wire = await slow(opened)
    const from = opened.feed.lastSeq
    for (const text of ['a', 'b', 'c']) opened.feed.emit('item/agentMessage/delta', delta(text))
    opened.feed.emit('item/agentMessage/delta', delta('other', 'j'))
    opened.feed.emit('thread/compacted', OF)
    opened.feed.emit('item/agentMessage/delta', delta('d'))
    const at = { emittedAtMs: expect.any(Number) as number }
    const method_ = 'item/agentMessage/delta'
    expect(go(wire)).toEqual([
      { method: method_, params: delta('abc'), ...at, seq: from + 3, fromSeq: from + 1 },
      { method: method_, params: delta('other', 'j'), ...at, seq: from + 4 },
      { method: 'thread/compacted', params: OF, ...at, seq: from + 5 },
      { method: method_, params: delta('d'), ...at, seq: from + 6 },
    ])
  })

  it('outbox: does without deltas when there are too many, never without the end of an item', async () => {
    verifies('app.backpressure')
    const opened = open()
    const wire = await slow(opened)
    const text = 'x'.repeat(LIMITS.appServerJoinedBytes / 2)
    for (let n = 0; n < 40; n++) opened.feed.emit('item/agentMessage/delta', delta(text, String(n % 2)))
    opened.feed.emit('thread/compacted', OF)
    const told = go(wire)
    expect(told.at(-1)?.method).toBe('thread/compacted')
    expect(JSON.stringify(told).length).toBeLessThan(LIMITS.appServerOutboxBytes)
    expect(wire.isClosed).toBe(false)
  })

  it('outbox: leaves who reads nothing at all', async () => {
    verifies('app.backpressure')
    const opened = open()
    const wire = await slow(opened)
    const diff = 'x'.repeat(LIMITS.appServerOutboxBytes / 4)
    for (let n = 0; n < 5; n++) opened.feed.emit('turn/diff/updated', { ...OF, diff })
    expect(wire.isClosed).toBe(true)
    expect(opened.feed.watchers).toBe(0)
  })
})
