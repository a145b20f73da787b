/** Proves that the judge of a connection hears what is wrong, before it is asked about servers. */
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { recordWire } from './record-wire.ts'
import { openRecorder, type Recorder } from './recorder.ts'
import type { StockSchemas } from './stock-schemas.ts'

/** Objects to everything that holds `bad`. */
const stock: Pick<StockSchemas, 'validate'> = {
  validate: (kind, method, value) => (JSON.stringify(value ?? null).includes('bad') ? [`${kind} ${method}`] : []),
}

describe('interop app-server, record', () => {
  let recorder: Recorder | undefined
  let server: WebSocketServer | undefined
  afterEach(async () => {
    await recorder?.close()
    for (const socket of server?.clients ?? []) socket.terminate()
    server?.close()
  })

  it('judges each message by its sort, and answers by what they answer', () => {
    const record = recordWire(stock)
    const say = (from: 'client' | 'server', ...messages: readonly object[]): void => {
      for (const message of messages) record.hear(from, JSON.stringify(message))
    }
    say('client', { id: 1, method: 'thread/read', params: 'bad' }, { method: 'initialized', params: 'bad' })
    say('server', { id: 1, result: 'bad' }, { method: 'warning', params: { threadId: 't', message: 'bad' } })
    say('server', { id: 1, method: 'item/tool/call', params: 'bad' })
    say('client', { id: 1, result: 'bad' })
    say('server', { id: 1, error: { code: -32600, message: 'it is refused' } })
    expect(record.complaints()).toEqual([
      ...['request thread/read', 'response thread/read', 'notification warning'],
      ...['serverRequest item/tool/call', 'serverResponse item/tool/call'],
    ])
    expect(record.messages).toHaveLength(7)
  })

  it('complains of answers to nothing, errors without words, text that is no message, and a seq that does not rise', () => {
    const record = recordWire(stock)
    const closed = (threadId: string, seq: number): string =>
      JSON.stringify({ method: 'thread/closed', params: { threadId }, seq })
    for (const text of ['{"id":7,"result":{}}', '{"id":null,"error":{"code":1}}', 'no']) record.hear('server', text)
    for (const [threadId, seq] of [
      ...([
        ['a', 1],
        ['b', 1],
        ['a', 4],
      ] as const),
      ...([['a', 4]] as const),
    ])
      record.hear('server', closed(threadId, seq))
    expect(record.complaints()).toEqual([
      'server: an answer to 7, which was not asked',
      'server: the error of undefined is {"code":1}',
      'server: no is no message',
      'notification thread/closed: seq 4 of thread a came after 4',
    ])
  })

  it('stands between a client and a server, with the token of the client', async () => {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    const authorization = new Promise((resolve) =>
      server?.on('connection', (socket, request) => {
        socket.on('message', () => socket.send('{"id":1,"result":"bad"}'))
        resolve(request.headers.authorization)
      }),
    )
    await new Promise((resolve) => server?.once('listening', resolve))
    recorder = await openRecorder(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, stock)
    const client = new WebSocket(recorder.url, { headers: { authorization: 'Bearer t' } })
    const heard = new Promise((resolve) => client.once('message', (data) => resolve(String(data))))
    client.once('open', () => client.send('{"id":1,"method":"thread/read","params":{}}'))
    expect([await heard, await authorization]).toEqual(['{"id":1,"result":"bad"}', 'Bearer t'])
    expect(recorder.complaints()).toEqual(['response thread/read'])
    const gone = new Promise((resolve) => client.once('close', resolve))
    recorder.cut()
    await gone
  })
})
