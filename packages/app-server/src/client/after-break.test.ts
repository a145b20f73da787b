/** Proves that a broken connection to an app-server neither doubles nor loses anything. */
import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { ANSWERS, closeClients, delta, open, texts, THREAD } from './opened-client.fixture.ts'
import { Fault, PlayedServer } from './played-server.fixture.ts'

afterEach(closeClients)

describe('app-client: going on after a break', () => {
  /** All that happens in the thread, and how a server that kept it tells it again. */
  const EVENTS = [...'abcdef'].map((text, at) => delta(at + 1, text))

  it.each(EVENTS.map((_, at) => at + 1))('tells all once, broken after event %i', async (cut) => {
    verifies('tui.reconnect')
    const server = new PlayedServer({
      ...ANSWERS,
      'towline/thread/replay': ({ afterSeq }, line) => {
        // Somebody else's news get in between.
        line.tell(EVENTS[5] as object)
        for (const event of EVENTS.slice(afterSeq)) line.tell(event)
        return { seq: 6, complete: true }
      },
      'thread/read': () => ({ thread: THREAD }),
    })
    const { client, told, read, reached } = await open(server)
    await client.request('thread/start')
    for (const event of EVENTS.slice(0, cut)) server.line.tell(event)
    server.line.close()
    await reached('online', 2)
    expect(texts(told)).toBe('abcdef')
    expect(read).toEqual([])
    expect(server.line.methods()).toEqual(['initialize', 'initialized', 'thread/resume', 'towline/thread/replay'])
    expect(server.line.sent[2]?.params).toEqual({ threadId: 't1', excludeTurns: true })
  })

  it('tells all once and in order when the server tells it again before its answer, after what is new', async () => {
    verifies('tui.reconnect')
    const server = new PlayedServer({
      ...ANSWERS,
      'towline/thread/replay': ({ afterSeq }, line) => {
        for (const event of [EVENTS[5] as object, ...EVENTS.slice(afterSeq, 5)]) line.tell(event)
        return { seq: 6, complete: true }
      },
    })
    const { client, told, reached } = await open(server)
    await client.request('thread/start')
    server.line.tell(EVENTS[0] as object)
    server.line.close()
    await reached('online', 2)
    expect(texts(told)).toBe('abcdef')
  })

  it('reads the thread anew when the server forgot what was missed, and counts anew with it', async () => {
    const server = new PlayedServer({
      ...ANSWERS,
      'towline/thread/replay': () => ({ seq: 9, complete: false }),
      'thread/read': (_, line) => {
        line.tell(delta(1, 'in what is read'))
        return { thread: { ...THREAD, turns: [{ id: 'u1' }] } }
      },
    })
    const { client, told, read, reached } = await open(server)
    await client.request('thread/start')
    server.line.tell(delta(5, 'a'))
    server.line.close()
    await reached('online', 2)
    server.line.tell(delta(2, 'b'))
    expect(read.map(({ turns }) => turns)).toEqual([[{ id: 'u1' }]])
    expect(texts(told)).toBe('ab')
  })

  it('knows where a thread stood before anything was told of it', async () => {
    const asked: number[] = []
    const server = new PlayedServer({
      ...ANSWERS,
      'thread/resume': () => ({ thread: THREAD, towline: { seq: 41 } }),
      'towline/thread/replay': ({ afterSeq }) => {
        asked.push(afterSeq)
        return { seq: 41, complete: true }
      },
    })
    const { client, read, reached } = await open(server)
    await client.request('thread/resume', { threadId: 't1' })
    server.line.close()
    await reached('online', 2)
    expect([asked, read]).toEqual([[41], []])
  })

  it('reads the thread anew when the server refuses to tell again', async () => {
    const server = new PlayedServer({ ...ANSWERS, 'thread/read': () => ({ thread: THREAD }) })
    const { client, read, reached } = await open(server)
    await client.request('thread/start')
    server.line.tell(delta(5, 'a'))
    server.line.close()
    await reached('online', 2)
    expect(read).toHaveLength(1)
  })

  it('reads the thread anew on a stock server, and keeps the ends that came meanwhile', async () => {
    const completed = { method: 'item/completed', params: { threadId: 't1', turnId: 'u1', item: { id: 'i1' } } }
    const server = new PlayedServer({
      ...ANSWERS,
      initialize: () => ({ userAgent: 'codex/0.169.0' }),
      'thread/read': (_, line) => {
        line.tell(delta(undefined, 'twice'))
        line.tell(completed)
        return { thread: THREAD }
      },
    })
    const { client, told, read, reached } = await open(server)
    await client.request('thread/start')
    server.line.tell(delta(undefined, 'a'))
    server.line.close()
    await reached('online', 2)
    expect(read).toHaveLength(1)
    expect(told.map(({ method }) => method)).toEqual(['item/agentMessage/delta', 'item/completed'])
    expect(server.line.methods()).toEqual(['initialize', 'initialized', 'thread/resume', 'thread/read'])
  })

  it('tells of a thread that the server has no more, and takes up the others', async () => {
    let hasIt = true
    const server = new PlayedServer({
      ...ANSWERS,
      'thread/resume': () => {
        if (hasIt) return { thread: THREAD }
        throw new Fault(-32600, 'no rollout found for thread id t1')
      },
    })
    const { client, lost, reached } = await open(server)
    await client.request('thread/start')
    hasIt = false
    server.line.close()
    await reached('online', 2)
    expect(lost.map(({ details }) => details['problem'])).toEqual(['no rollout found for thread id t1'])
  })

  it('does not take up what was left', async () => {
    const server = new PlayedServer({ ...ANSWERS, 'thread/unsubscribe': () => ({ status: 'unsubscribed' }) })
    const { client, reached } = await open(server)
    await client.request('thread/start')
    await client.request('thread/unsubscribe', { threadId: 't1' })
    server.line.close()
    await reached('online', 2)
    expect(server.line.methods()).toEqual(['initialize', 'initialized'])
  })

  it('sends again only what may be asked twice', async () => {
    let silent = true
    const answer = (): unknown => (silent ? undefined : { ok: true })
    const server = new PlayedServer({ 'thread/list': answer, 'turn/start': answer })
    const { client } = await open(server)
    const list = client.request('thread/list', {}, { repeat: true })
    const turn = client.request('turn/start', {})
    turn.catch(() => {})
    await server.said('turn/start', ({ method }) => method === 'turn/start')
    silent = false
    server.line.close()
    await expect(turn).rejects.toMatchObject({ code: 'APP_SERVER_LOST' })
    expect(await list).toEqual({ ok: true })
    expect(server.line.methods().filter((method) => method === 'turn/start')).toEqual([])
  })

  it('keeps trying while nobody answers, and lets requests wait for it', async () => {
    const server = new PlayedServer({ 'model/list': () => ({ ok: true }) })
    const { client, states, reached } = await open(server)
    server.refusal = new AppError('APP_SERVER_UNREACHABLE', { url: 'ws://x', problem: 'ECONNREFUSED' })
    server.line.close()
    await reached('reconnecting', 3)
    const later = client.request('model/list')
    server.refusal = undefined
    expect(await later).toEqual({ ok: true })
    expect(states.map(({ status }) => status)).toEqual([
      'online',
      ...states.slice(1, -1).map(() => 'reconnecting'),
      'online',
    ])
  })

  it('ends when it is not let in any more', async () => {
    const server = new PlayedServer()
    const { client, states, reached } = await open(server)
    server.refusal = new AppError('APP_SERVER_REFUSED', { url: 'ws://x', status: '401 Unauthorized' })
    server.line.close()
    await reached('closed')
    expect(states.at(-1)).toMatchObject({ status: 'closed', error: { code: 'APP_SERVER_REFUSED' } })
    await expect(client.request('model/list')).rejects.toMatchObject({ code: 'APP_SERVER_REFUSED' })
  })

  it('is silent after close', async () => {
    const server = new PlayedServer({ 'model/list': () => undefined })
    const { client, told } = await open(server)
    const waiting = client.request('model/list')
    client.close()
    await expect(waiting).rejects.toMatchObject({ code: 'APP_SERVER_LOST' })
    server.line.tell(delta(1, 'late'))
    client.close()
    expect(told).toEqual([])
    expect(server.line.isClosed).toBe(true)
  })
})
