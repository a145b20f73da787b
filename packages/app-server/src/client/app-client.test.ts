/** Proves the client side of an app-server: answers, deadlines, and what a server asks. */
import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { ANSWERS, closeClients, open } from './opened-client.fixture.ts'
import { Fault, PlayedServer } from './played-server.fixture.ts'

afterEach(closeClients)

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
