/** Proves the client side of an app-server: answers, deadlines, and that a broken connection neither doubles nor loses anything. */
import { EventEmitter, once } from 'node:events'
import { silentLog } from '@towline/base'
import { AppError, LIMITS, type Thread } from '@towline/protocol'
import { within } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { type AppClient, type AppClientOptions, type AppClientState, openAppClient } from './app-client.ts'
import type { AppNotification } from './app-messages.ts'
import { Fault, PlayedServer } from './played-server.fixture.ts'

const THREAD = { id: 't1', turns: [] }
const ANSWERS = {
  'thread/start': () => ({ thread: THREAD }),
  'thread/resume': () => ({ thread: THREAD }),
}
const limits = { ...LIMITS, appClientRetryMinMs: 1, appClientRetryMaxMs: 2 }

interface Opened {
  readonly client: AppClient
  readonly told: AppNotification[]
  readonly read: Thread[]
  readonly states: AppClientState[]
  readonly lost: AppError[]
  reached(status: AppClientState['status'], count?: number): Promise<void>
}

const clients: AppClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

const open = async (server: PlayedServer, more: Partial<AppClientOptions> = {}): Promise<Opened> => {
  const news = new EventEmitter()
  const opened = {
    told: [] as AppNotification[],
    read: [] as Thread[],
    states: [] as AppClientState[],
    lost: [] as AppError[],
  }
  const client = await openAppClient({
    connect: server.connect,
    clientInfo: { name: 'test', title: null, version: '1' },
    onNotification: (told) => void opened.told.push(told),
    onThread: (thread) => void opened.read.push(thread),
    onThreadLost: (_id, error) => void opened.lost.push(error),
    onState: (state) => {
      opened.states.push(state)
      news.emit('state')
    },
    log: silentLog(),
    limits,
    ...more,
  })
  clients.push(client)
  const reached: Opened['reached'] = async (status, count = 1) => {
    while (opened.states.filter((state) => state.status === status).length < count)
      await within(`state ${status}`, once(news, 'state'))
  }
  return { client, ...opened, reached }
}

const delta = (seq: number | undefined, text: string): object => ({
  method: 'item/agentMessage/delta',
  params: { threadId: 't1', turnId: 'u1', itemId: 'i1', delta: text },
  ...(seq !== undefined && { seq }),
})
const texts = (told: readonly AppNotification[]): string =>
  told.map(({ params }) => (params as { readonly delta?: string }).delta ?? '|').join('')

describe('app-client: requests', () => {
  it('says hello, and answers with the result', async () => {
    const server = new PlayedServer({ 'model/list': () => ({ data: [1] }) })
    const { client } = await open(server)
    expect(await client.request('model/list')).toEqual({ data: [1] })
    expect(server.line.sent.slice(0, 2)).toEqual([
      {
        id: 1,
        method: 'initialize',
        params: { clientInfo: { name: 'test', title: null, version: '1' }, capabilities: { experimentalApi: true } },
      },
      { method: 'initialized' },
    ])
  })

  it('rejects with what the server refuses, and why', async () => {
    const { client } = await open(new PlayedServer())
    const error = await client.request('foo/bar').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AppError)
    expect((error as AppError).details).toEqual({
      method: 'foo/bar',
      problem: 'Invalid request: unknown variant `foo/bar`',
      rpc: -32600,
    })
  })

  it('fails at once when the first connection does not come about', async () => {
    const server = new PlayedServer()
    server.refusal = new AppError('APP_SERVER_UNREACHABLE', { url: 'ws://x', problem: 'ECONNREFUSED' })
    await expect(open(server)).rejects.toMatchObject({ code: 'APP_SERVER_UNREACHABLE' })
  })

  it('gives up a request that is not answered in time', async () => {
    const { client } = await open(new PlayedServer({ 'model/list': () => undefined }))
    await expect(client.request('model/list', {}, { ms: 1 })).rejects.toMatchObject({ code: 'APP_SERVER_SILENT' })
  })

  it('asks a busy server again, and tells what it said in the end', async () => {
    let busy = 3
    const answer = (): unknown => {
      busy -= 1
      if (busy >= 0) throw new Fault(-32001, 'Server overloaded; retry later.')
      return { ok: true }
    }
    const { client } = await open(new PlayedServer({ 'thread/list': answer }))
    expect(await client.request('thread/list')).toEqual({ ok: true })
    busy = Number.POSITIVE_INFINITY
    await expect(client.request('thread/list')).rejects.toMatchObject({ code: 'APP_SERVER_ERROR' })
  })

  it('tells a row of ours as that row, with what to do next', async () => {
    const told =
      'The working folder "/nope" does not exist. Name a folder that exists on that machine. (FOLDER_UNKNOWN)'
    const answer = (): unknown => {
      throw new Fault(-32004, told)
    }
    const { client } = await open(new PlayedServer({ 'thread/start': answer }))
    await expect(client.request('thread/start')).rejects.toMatchObject({
      code: 'FOLDER_UNKNOWN',
      message: 'The working folder "/nope" does not exist.',
      next: 'Name a folder that exists on that machine.',
    })
  })

  it('tells of a result before what comes after it', async () => {
    const news = { method: 'thread/started', params: { threadId: 't1' } }
    const server = new PlayedServer({
      ...ANSWERS,
      'turn/start': (_, line) => {
        line.tell({ id: 2, result: {} })
        line.tell(news)
      },
    })
    const order: string[] = []
    const { client } = await open(server, { onNotification: ({ method }) => void order.push(method) })
    await client.request('turn/start', {}, { onResult: () => void order.push('result') })
    expect(order).toEqual(['result', 'thread/started'])
  })

  it('passes over what is no message', async () => {
    const server = new PlayedServer({ 'model/list': () => ({}) })
    const { client, told } = await open(server)
    server.line.sink?.message('not json')
    server.line.sink?.message('[1]')
    server.line.sink?.message('{"id":77,"result":{}}')
    expect(await client.request('model/list')).toEqual({})
    expect(told).toEqual([])
  })
})

describe('app-client: what the server asks', () => {
  it('answers what nobody handles with an error', async () => {
    const server = new PlayedServer()
    await open(server)
    server.line.tell({ id: 's1', method: 'attestation/generate', params: {} })
    expect(await server.said('the answer', ({ id }) => id === 's1')).toMatchObject({ error: { code: -32601 } })
  })

  it('answers with an error, and hears the rest, when something of another shape breaks who hears it', async () => {
    const server = new PlayedServer()
    const heard: string[] = []
    await open(server, {
      onRequest: ({ params }) => (params as { a: { b: Promise<object> } }).a.b,
      onNotification: ({ method, params }) => {
        if ((params as { a: { b: number } }).a.b === 1) heard.push(method)
      },
    })
    server.line.tell({ id: 's1', method: 'item/tool/call', params: {} })
    server.line.tell({ method: 'one', params: {} })
    server.line.tell({ method: 'two', params: { a: { b: 1 } } })
    expect(await server.said('the answer', ({ id }) => id === 's1')).toMatchObject({ error: { code: -32601 } })
    expect(heard).toEqual(['two'])
  })

  it('answers with an error when the handler breaks', async () => {
    const server = new PlayedServer()
    await open(server, { onRequest: () => Promise.reject(new Error('broke')) })
    server.line.tell({ id: 's1', method: 'item/tool/call', params: {} })
    expect(await server.said('the answer', ({ id }) => id === 's1')).toMatchObject({ error: { code: -32603 } })
  })

  it('asks once what is sent again after a break, and answers where it is asked now', async () => {
    verifies('tui.reconnect')
    const server = new PlayedServer(ANSWERS)
    const answers: ((result: object) => void)[] = []
    const { client, reached } = await open(server, { onRequest: () => new Promise((done) => answers.push(done)) })
    await client.request('thread/start')
    const question = { id: 7, method: 'item/commandExecution/requestApproval', params: { threadId: 't1' } }
    server.line.tell(question)
    server.line.close()
    await reached('online', 2)
    server.line.tell(question)
    expect(answers).toHaveLength(1)
    answers[0]?.({ decision: 'accept' })
    const second = server.line
    await server.said(
      'the answer',
      ({ id, result }, line) => line === second && id === 7 && result?.decision === 'accept',
    )
  })

  it('answers at once when the answer was lost with the connection', async () => {
    const server = new PlayedServer(ANSWERS)
    let asked = 0
    const { client, reached } = await open(server, {
      onRequest: () => {
        asked += 1
        return Promise.resolve({ decision: 'decline' })
      },
    })
    await client.request('thread/start')
    const question = { id: 7, method: 'item/fileChange/requestApproval', params: { threadId: 't1' } }
    server.line.tell(question)
    await server.said('the answer', ({ id, result }) => id === 7 && result !== undefined)
    server.line.close()
    await reached('online', 2)
    const before = server.line.sent.length
    server.line.tell(question)
    expect(server.line.sent.slice(before)).toEqual([{ id: 7, result: { decision: 'decline' } }])
    expect(asked).toBe(1)
  })

  it('tells the handler when somebody else has answered, and says nothing then', async () => {
    const server = new PlayedServer()
    let over: AbortSignal | undefined
    await open(server, {
      onRequest: ({ signal }) => {
        over = signal
        return new Promise((done) => signal.addEventListener('abort', () => done({ decision: 'accept' })))
      },
    })
    server.line.tell({ id: 1, method: 'item/commandExecution/requestApproval', params: { threadId: 't1' } })
    server.line.tell({ method: 'serverRequest/resolved', params: { threadId: 't1', requestId: 1 } })
    expect(over?.aborted).toBe(true)
    await Promise.resolve()
    expect(server.line.sent.filter((sent) => sent.id === 1 && sent.method === undefined)).toEqual([])
  })
})

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

  it('hears what was missed from a relay, which has it in its answer', async () => {
    verifies('tui.reconnect')
    const server = new PlayedServer({
      ...ANSWERS,
      'towline/thread/replay': ({ afterSeq }, line) => {
        line.tell(EVENTS[5] as object)
        return { data: EVENTS.slice(afterSeq, 5), complete: true }
      },
    })
    const { client, told, reached } = await open(server)
    await client.request('thread/start')
    for (const event of EVENTS.slice(0, 2)) server.line.tell(event)
    server.line.close()
    await reached('online', 2)
    expect(texts(told)).toBe('abcdef')
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
